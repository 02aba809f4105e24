import { check_area_reg, io_uring_zcrx_area_reg } from "../layout/area_reg";
import { check_add_area, check_ctrl, zcrx_ctrl, zcrx_ctrl_add_area } from "../layout/ctrl";
import { check_event_desc, zcrx_event_desc } from "../layout/event_desc";
import { check_ifq_reg, io_uring_zcrx_ifq_reg } from "../layout/ifq_reg";
import { check_params, io_uring_params } from "../layout/params";
import { check_query_hdr, io_uring_query_hdr } from "../layout/query";
import { check_region_desc, io_uring_region_desc } from "../layout/region_desc";
import { report } from "./finding";

/** The checks that a struct has of its own, beyond those that follow from its description. */
export function check_own(index: u32, at: usize, page_size: u32, stats_alignment: u32, clamp: bool, to: report): void {
  if (index == io_uring_zcrx_ifq_reg.index())
    check_ifq_reg(changetype<io_uring_zcrx_ifq_reg>(at), page_size, clamp, to);
  else if (index == io_uring_zcrx_area_reg.index())
    check_area_reg(changetype<io_uring_zcrx_area_reg>(at), page_size, to);
  else if (index == io_uring_region_desc.index())
    check_region_desc(changetype<io_uring_region_desc>(at), page_size, to);
  else if (index == zcrx_event_desc.index()) check_event_desc(changetype<zcrx_event_desc>(at), stats_alignment, to);
  else if (index == zcrx_ctrl.index()) check_ctrl(changetype<zcrx_ctrl>(at), to);
  else if (index == zcrx_ctrl_add_area.index()) check_add_area(changetype<zcrx_ctrl_add_area>(at), to);
  else if (index == io_uring_query_hdr.index()) check_query_hdr(changetype<io_uring_query_hdr>(at), page_size, to);
  else if (index == io_uring_params.index()) check_params(changetype<io_uring_params>(at), page_size, to);
}
