// Checks of structs, and plans of regions.

import { is_struct } from "../describe/known";
import { io_uring_zcrx_ifq_reg } from "../layout/ifq_reg";
import { io_uring_region_desc } from "../layout/region_desc";
import { is_power_of_two } from "../memory";
import { placement, plan_region, region_plan } from "../plan/region";
import { report } from "../validate/finding";
import { check_fields } from "../validate/generic";
import { check_own } from "../validate/own";
import { check_registration } from "../validate/registration";

function empty_report(at: usize, capacity: u32): report {
  const made = changetype<report>(at);
  made.count = 0;
  made.capacity = capacity;
  made.base = 0;
  return made;
}

/**
 * Checks one struct and writes a `report` to `out`, a `finding` each behind it. `request`: as something that the kernel is
 * about to be given. `clamp`: the ring has IORING_SETUP_CLAMP. Returns how many findings there are, even if fewer had room;
 * 0xffffffff if the revision has no such struct: nothing is written then.
 */
export function validate(
  index: u32,
  revision: u32,
  at: usize,
  request: u32,
  page_size: u32,
  stats_alignment: u32,
  clamp: u32,
  out: usize,
  capacity: u32,
): u32 {
  if (!is_struct(index, revision)) return 0xffff_ffff;
  const to = empty_report(out, capacity);
  check_fields(index, revision, at, request != 0, to);
  if (request) check_own(index, at, page_size, stats_alignment, clamp != 0, to);
  return to.count;
}

/**
 * Checks across the structs of one registration: region, entries, statistics. `desc` may be 0. `rqes`: where the entries
 * begin. A report as above.
 */
export function validate_registration(
  reg: usize,
  region: usize,
  desc: usize,
  clamp: u32,
  rqes: u32,
  stats_size: u32,
  out: usize,
  capacity: u32,
): u32 {
  const to = empty_report(out, capacity);
  const of_region = changetype<io_uring_region_desc>(region);
  check_registration(changetype<io_uring_zcrx_ifq_reg>(reg), of_region, desc, clamp != 0, rqes, stats_size, to);
  return to.count;
}

/**
 * Plans a refill region and writes a `region_plan` to `out`. `where`: 0 no statistics, 1 right behind the entries, 2 on a
 * page of their own. Returns 0, or the position (from 1) of an argument that is no page size, alignment or place: nothing
 * is written then.
 */
export function plan(
  entries: u32,
  clamp: u32,
  page_size: u32,
  rqes: u32,
  stats_size: u32,
  stats_alignment: u32,
  where: u32,
  out: usize,
): u32 {
  if (!is_power_of_two(page_size)) return 3;
  if (!is_power_of_two(stats_alignment)) return 6;
  if (where > <u32>placement.own_page) return 7;
  const made = changetype<region_plan>(out);
  plan_region(entries, clamp != 0, page_size, rqes, stats_size, stats_alignment, <placement>where, made);
  return 0;
}
