import { encode, type FindingCode, planRegion, type ValidateOptions } from '../../../src/index.js';
import { layouts } from '../../../src/layout/description.js';
import { REGISTRATION_ROWS, structsOf } from '../../unit/validate-registration-rows.js';
import { STRUCT_TABLES } from '../../unit/validate-struct-rows.js';
import { type Case, CaseBuilder } from './case.js';
import { numberOf } from './definitions.js';

const REPORT = '@4096';
/** Bytes of a report, and of a finding in it. */
const HEADER = 16;
const FINDING = 48;
const CAPACITY = 64;
const EVENT = 2;

const codes = new Map(
  layouts.sets
    .find(({ name }) => name === 'finding_code')!
    .revisions.event.entries.map(({ name, value }) => [Number(value), name.replaceAll('_', '-')]),
);

/** Keeps the findings of a report; their codes must be those of the table, in the order of the bytes. */
function keepReport(made: CaseBuilder, expected: readonly FindingCode[]): Case {
  const report = made.keeps(REPORT, HEADER + FINDING * expected.length);
  const view = new DataView(report.buffer, report.byteOffset);
  const found = expected.map((_, i) => codes.get(view.getUint32(HEADER + FINDING * i, true)));
  if ([...found].sort().join() !== [...expected].sort().join())
    throw new Error(`${made.done().name}: found ${found}, expected ${expected}`);
  return made.done();
}

function structCases(): Case[] {
  return Object.entries(STRUCT_TABLES).flatMap(([name, { passes, rows }]) =>
    rows.map(
      ([what, changed, findings, options = {}]: [
        string,
        object,
        [FindingCode, ...string[]][],
        ValidateOptions?,
      ]) => {
        const bytes = encode(name, { ...passes, ...changed });
        const made = new CaseBuilder(`validate ${name}: ${what}`).write('@0', bytes);
        const { pageSize = 4096, statsAlignment = 8, clamp = false, request = true } = options;
        const args = [numberOf(name), EVENT, '@0', request ? 1 : 0, pageSize, statsAlignment, clamp ? 1 : 0];
        made.returns('validate', [...args, REPORT, CAPACITY], findings.length);
        return keepReport(
          made,
          findings.map(([code]) => code),
        );
      },
    ),
  );
}

/** Rows that only the checks of a single struct find are theirs. */
const ACROSS = new Set<FindingCode>(['overlaps-ring', 'outside-region', 'too-small']);

function registrationCases(): Case[] {
  return REGISTRATION_ROWS.map(([what, given, findings]) => {
    const { structs, options } = structsOf(given);
    const {
      rqes,
      statsSize = 16,
      clamp = false,
    } = options as { rqes: number; statsSize?: number; clamp?: boolean };
    const across = findings.map(([code]) => code).filter((code) => ACROSS.has(code));
    const made = new CaseBuilder(`registration: ${what}`);
    made.write('@0', structs.reg).write('@128', structs.region).write('@256', structs.event_desc);
    const args = ['@0', '@128', '@256', clamp ? 1 : 0, rqes, statsSize, REPORT, CAPACITY];
    made.returns('validate_registration', args, across.length);
    return keepReport(made, across);
  });
}

const PLACES = { none: 0, tight: 1, 'own-page': 2 } as const;
const RQE = 16;

/** The plan by itself, in plain arithmetic. */
function planned(
  entries: number,
  pageSize: number,
  rqes: number,
  statsSize: number,
  alignment: number,
  where: number,
) {
  const up = (value: number, to: number) => Math.ceil(value / to) * to;
  const rounded = 2 ** Math.ceil(Math.log2(entries));
  const end = rqes + RQE * rounded;
  const stats = where === 0 ? 0 : up(end, where === 2 ? Math.max(pageSize, alignment) : alignment);
  const used = where === 0 ? end : stats + statsSize;
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rounded, true);
  view.setUint32(4, rqes, true);
  for (const [i, value] of [end, stats, used, up(used, pageSize)].entries())
    view.setBigUint64(8 + 8 * i, BigInt(value), true);
  return bytes;
}

const ENTRIES = [1, 2, 3, 4, 63, 64, 100, 128, 129, 252, 253, 1000, 4096, 16_385, 32_767, 32_768];

function planCases(): Case[] {
  const cases = ENTRIES.flatMap((entries) =>
    [64, 128].flatMap((rqes) =>
      [4096, 16_384, 65_536].map((pageSize) => {
        const made = new CaseBuilder(`plan ${entries} entries from ${rqes}, pages of ${pageSize}`);
        for (const [placement, where] of Object.entries(PLACES)) {
          for (const [statsSize, alignment] of [
            [16, 8],
            [64, 64],
          ] as const) {
            const own = planRegion({
              entries,
              pageSize,
              rqHeaderSize: rqes,
              statsSize,
              statsAlignment: alignment,
              placement: placement as keyof typeof PLACES,
            });
            const bytes = planned(entries, pageSize, rqes, statsSize, alignment, where);
            if (own.region_size !== Number(new DataView(bytes.buffer).getBigUint64(32, true)))
              throw new Error(`${made.done().name}: the library plans ${own.region_size} bytes`);
            made.returns('plan', [entries, 0, pageSize, rqes, statsSize, alignment, where, REPORT], 0);
            made.reads(REPORT, bytes);
          }
        }
        return made.done();
      }),
    ),
  );
  const clamped = [32_769, 40_000, 0x8000_0000, 0xffff_ffff].map((entries) =>
    new CaseBuilder(`plan ${entries} entries, clamped`)
      .returns('plan', [entries, 1, 4096, 128, 16, 8, 1, REPORT], 0)
      .reads(REPORT, planned(32_768, 4096, 128, 16, 8, 1))
      .done(),
  );
  const refused = (
    [
      [3, 0],
      [3, 3000],
      [6, 0],
      [6, 12],
      [7, 3],
      [7, 0xffff_ffff],
    ] as const
  ).map(([position, value]) => {
    const args: (number | string)[] = [100, 0, 4096, 128, 16, 8, 1, REPORT];
    args[position - 1] = value;
    const before = new Uint8Array(40).fill(0xa5);
    const made = new CaseBuilder(`plan with ${value} as argument ${position}`).write(REPORT, before);
    return made.returns('plan', args, position).reads(REPORT, before).done();
  });
  return [...cases, ...clamped, ...refused];
}

export const checkCases = (): Case[] => [...structCases(), ...registrationCases(), ...planCases()];
