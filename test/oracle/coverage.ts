import type { Header } from './c-header.js';
import { type Dialect, structsOf, valuesOf } from './facts.js';
import type { Layout, Revision } from './layout.js';

/** Later than every release: the dialect of all that layout.json has. */
const NEWEST = '9999.0';

/** The structs of `linux/io_uring.h` that must be described. */
const RING_STRUCTS = [
  'io_uring_sqe',
  'io_uring_cqe',
  'io_uring_params',
  'io_sqring_offsets',
  'io_cqring_offsets',
  'io_uring_region_desc',
];

/** The sets of names there: an enum of that name, or macros and unnamed enumerators that look alike. */
const RING_SETS: Readonly<Record<string, 'enum' | RegExp>> = {
  io_uring_op: 'enum',
  io_uring_register_op: 'enum',
  io_uring_cqe_flags: /^IORING_CQE_F_/,
  io_uring_sqe_flags: /^IOSQE_(?!.*_BIT$)/,
  io_uring_recvsend_flags: /^IORING_(RECVSEND|RECV|SEND)_/,
  io_uring_async_cancel_flags: /^IORING_ASYNC_CANCEL_/,
  io_uring_setup_flags: /^IORING_SETUP_/,
  io_uring_features: /^IORING_FEAT_/,
  io_uring_sq_flags: /^IORING_SQ_/,
  io_uring_enter_flags: /^IORING_ENTER_/,
  io_uring_region_flags: /^IORING_MEM_REGION_TYPE_/,
};

/** What looks like a member of a set and is none. */
const FOREIGN = new Set([
  // Only on completions of SOCKET_URING_OP_TX_TIMESTAMP, in the bits that otherwise hold a buffer's id.
  'IORING_CQE_F_TSTAMP_HW',
]);

/** Names that layout.json has and the headers have not: everything younger than they are, and nothing else. */
export function absentNames(layout: Layout, revision: Revision, header: Header): string[] {
  const newest = { revision, series: NEWEST };
  const values = new Set(namesOfValues(header));
  return [
    ...structsOf(layout, newest).flatMap(({ name, fields }) => {
      const members = membersOf(header, name);
      if (members.length === 0) return [`struct ${name}`];
      return fields.filter((field) => !members.includes(field.name)).map((field) => `${name}.${field.name}`);
    }),
    ...valuesOf(layout, newest)
      .map(({ name }) => name)
      .filter((name) => !values.has(name)),
  ].sort();
}

/** Names that layout.json marks as younger than the dialect's series. */
export function youngerNames(layout: Layout, dialect: Dialect): string[] {
  const newest = { ...dialect, series: NEWEST };
  const present = new Map(structsOf(layout, dialect).map((struct) => [struct.label, struct]));
  const values = new Set(valuesOf(layout, dialect).map(({ name }) => name));
  return [
    ...structsOf(layout, newest).flatMap(({ label, name, fields }) => {
      const known = present.get(label);
      if (known === undefined) return [`struct ${name}`];
      return fields
        .filter((field) => !known.fields.some((other) => other.name === field.name))
        .map((field) => `${name}.${field.name}`);
    }),
    ...valuesOf(layout, newest)
      .map(({ name }) => name)
      .filter((name) => !values.has(name)),
  ].sort();
}

/** What the headers of the interface itself declare and layout.json lacks. */
export function undescribedNames(layout: Layout, dialect: Dialect, header: Header): string[] {
  const values = new Set(valuesOf(layout, dialect).map(({ name }) => name));
  return [
    ...header.structs.flatMap(({ name }) => undescribedMembers(layout, dialect, header, name)),
    ...namesOfValues(header).filter((name) => !values.has(name) && !isEndMarker(name)),
  ];
}

/** The same for the parts of `linux/io_uring.h` that matter here; also what layout.json has of it beyond them. */
export function undescribedRingNames(layout: Layout, dialect: Dialect, header: Header): string[] {
  const constants = layout.constants.map(({ name }) => name);
  const own = [...layout.structs, ...layout.sets].filter(({ from }) => from === 'linux/io_uring.h');
  const unexpected = own
    .flatMap((item) => ('names' in item ? item.names[dialect.revision] : [item.name]))
    .filter((name) => !RING_STRUCTS.includes(name) && !Object.hasOwn(RING_SETS, name));
  return [
    ...unexpected.map((name) => `${name}: not known to this check`),
    ...RING_STRUCTS.flatMap((name) => undescribedMembers(layout, dialect, header, name)),
    ...Object.entries(RING_SETS).flatMap(([name, kind]) => {
      const set = layout.sets.find((other) => other.name === name);
      const described = set?.revisions[dialect.revision].entries.map((entry) => entry.name) ?? [];
      const declared = declaredIn(header, name, kind).filter(
        (each) => !isEndMarker(each) && !FOREIGN.has(each),
      );
      if (declared.length === 0) return [`${name}: no declaration found`];
      return declared.filter((each) => !described.includes(each) && !constants.includes(each));
    }),
  ];
}

/** Bytes of a struct that no field names: `zcrx_ctrl 4-7`. */
export function undescribedBytes(layout: Layout): string[] {
  return layout.structs.flatMap((struct) => {
    const covered = new Uint8Array(struct.size);
    for (const { offset, width, count } of struct.fields) covered.fill(1, offset, offset + width * count);
    return covered.includes(0) ? [`${struct.id} ${covered.indexOf(0)}-${covered.lastIndexOf(0)}`] : [];
  });
}

function undescribedMembers(layout: Layout, dialect: Dialect, header: Header, name: string): string[] {
  const described = structsOf(layout, dialect).filter((struct) => struct.name === name);
  if (described.length === 0) return [`struct ${name}`];
  const fields = new Set(described.flatMap((struct) => struct.fields.map((field) => field.name)));
  // Of the submission's unions only the members that zero-copy receive needs are described.
  const isOptional = (member: { inUnion: boolean }) => name === 'io_uring_sqe' && member.inUnion;
  return header.structs
    .filter((struct) => struct.name === name)
    .flatMap((struct) => struct.members)
    .filter((member) => !fields.has(member.name) && !isOptional(member))
    .map((member) => `${name}.${member.name}`);
}

function membersOf(header: Header, name: string): string[] {
  return header.structs
    .filter((struct) => struct.name === name)
    .flatMap((struct) => struct.members.map((member) => member.name));
}

function namesOfValues(header: Header): string[] {
  return [...header.enums.flatMap(({ members }) => members), ...header.defines];
}

function declaredIn(header: Header, set: string, kind: 'enum' | RegExp): string[] {
  if (kind === 'enum')
    return header.enums.filter(({ name }) => name === set).flatMap(({ members }) => members);
  return namesOfValues(header).filter((name) => kind.test(name));
}

/** `__ZCRX_CTRL_LAST`, `IORING_OP_LAST`, `__IO_URING_QUERY_MAX`: one more than the last, different in each release. */
function isEndMarker(name: string): boolean {
  return /^__.*_(LAST|MAX)$/.test(name) || name === 'IORING_OP_LAST' || name === 'IORING_REGISTER_LAST';
}
