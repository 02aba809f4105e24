// From what strace, gdb and core files tell to something that can be checked.

import { EvidenceError, isEvidenceError } from '../../evidence/error.js';
import type { Evidence, EvidenceFields, Range } from '../../evidence/evidence.js';
import { isTrace } from '../../evidence/strace-lines.js';
import type { Bundle } from '../../verdict/bundle.js';
import type { Call, Instance, Rights } from '../../verdict/call.js';
import { type Checked, checkBundle, checkCall } from '../../verdict/check.js';
import { NEWEST_SERIES } from '../../verdict/series.js';

/** A call that evidence tells of, and the kernel's answer to it where that is known. */
export interface Traced {
  readonly checked: Checked;
  /** What the kernel answered: the name of an errno, or null for success. */
  readonly answered: string | null | undefined;
  readonly line: number | undefined;
  /** What the text left out, and how that was read. */
  readonly notes: readonly string[];
}

type Parts = { [part: string]: EvidenceFields | undefined };

/** Stand-ins for structs that the kernel read and the text does not show. */
const SOUND: Readonly<Record<string, EvidenceFields>> = {
  area: { len: 4096n },
  region: { size: 1n << 20n },
  event_desc: {},
};

const POINTERS = [
  ['area', 'area_ptr'],
  ['region', 'region_ptr'],
  ['event_desc', 'event_desc'],
  ['event_desc', 'notif_desc'],
] as const;

/** The registration without the addresses that stand for a struct that was printed in their place. */
function withoutStandIns(parts: Parts, standIn: bigint): EvidenceFields | undefined {
  const { reg } = parts;
  if (!reg) return undefined;
  return Object.fromEntries(
    Object.entries(reg).filter(
      ([name, value]) =>
        !POINTERS.some(([part, pointer]) => pointer === name && parts[part] && value === standIn),
    ),
  );
}

const isPointer = (value: unknown) => typeof value === 'bigint' && value !== 0n;

/** What has an address in the argument, but was not shown. */
function notShown({ reg, ctrl, ...parts }: Parts): string[] {
  const hidden = POINTERS.filter(([part, pointer]) => !parts[part] && isPointer(reg?.[pointer]));
  const added = (ctrl?.zc_area as EvidenceFields | undefined)?.area_ptr;
  return [...hidden.map(([part]) => part), ...(!parts.area && isPointer(added) ? ['area'] : [])];
}

/** The structs that go with a call: a dump may hold others as well. */
function partsOf({ call, structs = {} }: Evidence): Parts {
  const parts = Object.entries(structs).filter(([part]) => {
    if (call === 'zcrx_ctrl') return part === 'ctrl' || part === 'area';
    return call === 'query' ? part.startsWith('query') : part !== 'ctrl' && !part.startsWith('query');
  });
  return Object.fromEntries(parts);
}

/** Of a ring nothing is shown: it has the instance that is meant, unless the kernel said otherwise. */
function assumedInstance({ call, structs, outcome }: Evidence): { instances?: Instance[]; words: string[] } {
  if (call !== 'zcrx_ctrl' || outcome?.errno === 'ENXIO') return { words: [] };
  const given = structs?.ctrl?.zcrx_id;
  const id = typeof given === 'bigint' ? Number(given) : 0;
  const rest = { nodev: true, imported: false, areas: 1, rq_entries: 4096 };
  return {
    instances: [{ id, event_mask: 3, fired_mask: 3, ...rest }],
    words: [`the ring has the instance ${id}, and both of its events have fired`],
  };
}

function queries(parts: Parts): EvidenceFields[] {
  const names = Object.keys(parts).filter((name) => /^query(\[\d+\])?$/.test(name));
  return names.map((name) => parts[name] as EvidenceFields);
}

async function bundleOf(
  evidence: Evidence,
  kernel: string | undefined,
): Promise<{ bundle: Bundle; assumed: string[] }> {
  const { STAND_IN_ADDRESS } = await import('../../evidence/strace.js');
  const parts = partsOf(evidence);
  const hidden = notShown(parts);
  const reg = withoutStandIns(parts, STAND_IN_ADDRESS);
  const asked = queries(parts);
  const { instances, words } = assumedInstance(evidence);
  const bundle = {
    ...(evidence.call && { call: evidence.call }),
    ...(kernel !== undefined && { kernel }),
    ...(evidence.nr_args !== undefined && { nr_args: evidence.nr_args }),
    ...(reg && { reg }),
    ...(parts.area && { area: parts.area }),
    ...(parts.region && { region: parts.region }),
    ...(parts.event_desc && { event_desc: parts.event_desc }),
    ...(parts.ctrl && { ctrl: parts.ctrl }),
    ...(asked.length > 0 && { query: asked }),
    ...Object.fromEntries(hidden.map((part) => [part, SOUND[part]])),
    ...(instances && { instances }),
  } as Bundle;
  const assumed = hidden.map((part) => `${part} is not in what was given: a sound one`);
  return { bundle, assumed: [...assumed, ...words] };
}

const rightsOf = (rights: string): Rights =>
  rights.startsWith('rw') ? 'rw' : rights.startsWith('r') ? 'ro' : 'none';

const mapped = (ranges: readonly Range[]) =>
  ranges.map(
    ({ start, length, rights }) =>
      [`0x${start.toString(16)}`, `0x${length.toString(16)}`, rightsOf(rights)] as const,
  );

/** Whether a struct lies in memory that was left out when the core was written: it may hold anything. */
function isLeftOut({ ranges, memory }: Evidence, pointers: readonly unknown[]): boolean {
  return pointers.some(
    (at) =>
      typeof at === 'bigint' &&
      ranges?.some(({ start, length }) => at >= start && at < start + length) &&
      !memory?.some(({ address }) => address === at),
  );
}

/** The call with the program's own memory, as a core file has it. */
function callOf(evidence: Evidence, kernel: string | undefined): Call | undefined {
  const { call, ranges, memory, addresses, structs } = evidence;
  const added = (structs?.ctrl?.zc_area as EvidenceFields | undefined)?.area_ptr;
  const pointers = call === 'register_ifq' ? POINTERS.map(([, name]) => structs?.reg?.[name]) : [added];
  if (isLeftOut(evidence, pointers)) return undefined;
  const { instances } = assumedInstance(evidence);
  const part = call === 'register_ifq' ? 'reg' : call === 'zcrx_ctrl' ? 'ctrl' : 'query';
  const arg = addresses?.[part];
  if (!call || !ranges || !memory || arg === undefined) return undefined;
  return {
    call,
    kernel: kernel ?? NEWEST_SERIES,
    memory: mapped(ranges),
    bytes: Object.fromEntries(
      memory.map(({ address, bytes }) => [`0x${address.toString(16)}`, Buffer.from(bytes).toString('hex')]),
    ),
    arg: `0x${arg.toString(16)}`,
    ...(instances && { instances }),
  };
}

/** Checks a call in the program's own memory. */
function checkInMemory(call: Call, bundle: Bundle): Checked {
  const kernel = bundle.kernel === undefined ? [`the kernel is Linux ${NEWEST_SERIES}`] : [];
  const ring = 'the ring has CQE32, SINGLE_ISSUER and DEFER_TASKRUN, and the caller CAP_NET_ADMIN';
  return { ...checkCall(call, [...kernel, ring]), hints: checkBundle(bundle).hints };
}

function answerOf({ outcome }: Evidence): string | null | undefined {
  if (outcome?.errno !== undefined) return outcome.errno;
  return outcome?.value === undefined ? undefined : null;
}

async function check(evidence: Evidence, kernel: string | undefined): Promise<Traced> {
  const call = callOf(evidence, kernel);
  const { bundle, assumed } = await bundleOf(evidence, kernel);
  const checked = call ? checkInMemory(call, bundle) : checkBundle(bundle);
  return {
    checked: { ...checked, assumed: [...checked.assumed, ...assumed] },
    notes: evidence.notes,
    answered: answerOf(evidence),
    line: evidence.line,
  };
}

/** An object that is no initializer of C, a list that is no banner of gdb's, or a single value. */
const JSON_TEXT = /^\s*(\{(?!\s*\.?\w+\s*=)|\[\s*(["{}[\]\d-]|$)|"|(-?\d[\d.eE+-]*|null|true|false)\s*$)/;

/** Whether text is what strace or gdb print, and no JSON. */
export const isEvidence = (text: string): boolean => isTrace(text) || !JSON_TEXT.test(text);

/** Checks what a text of strace or gdb tells of. @throws EvidenceError, LayoutError */
export async function checkText(
  text: string,
  kernel: string | undefined,
  options: { call?: Evidence['call']; address?: bigint },
): Promise<Traced[]> {
  if (isTrace(text)) {
    const { readStrace } = await import('../../evidence/strace.js');
    const calls = readStrace(text);
    const known = calls.filter(({ call, structs }) => call && structs);
    if (known.length > 0) return Promise.all(known.map((each) => check(each, kernel)));
    throw new EvidenceError('nothing-found', nothingToCheck(calls));
  }
  return [await check(await readAsGdb(text, options), kernel)];
}

/** @throws EvidenceError */
async function readAsGdb(
  text: string,
  { call, address }: { call?: Evidence['call']; address?: bigint },
): Promise<Evidence> {
  const { readGdb } = await import('../../evidence/gdb.js');
  try {
    return readGdb(text, { ...(call && { call }), ...(address !== undefined && { address }) });
  } catch (error) {
    if (!isEvidenceError(error) || error.code !== 'nothing-found') throw error;
    throw new EvidenceError(
      'nothing-found',
      "the input is neither JSON nor a call of io_uring_register as strace prints it, nor has it a struct of zero-copy receive as gdb's print and x show it",
    );
  }
}

/** Why a trace has nothing that could be checked, and what to do. */
function nothingToCheck(calls: readonly Evidence[]): string {
  const notes = calls.flatMap(({ notes }) => notes);
  return (
    notes[0] ??
    'the trace has no call of zero-copy receive, expected IORING_REGISTER_ZCRX_IFQ, ZCRX_CTRL or QUERY'
  );
}

/** Checks the call whose argument lies at an address of a core file. @throws EvidenceError */
export async function checkCore(
  path: string,
  call: NonNullable<Evidence['call']>,
  address: bigint,
  kernel: string | undefined,
): Promise<Traced> {
  const { fileSource } = await import('../../evidence/core-file.js');
  const { openCore, readCore } = await import('../../evidence/core.js');
  const file = fileSource(path);
  try {
    return await check(readCore(openCore(file), call, address), kernel);
  } finally {
    file.close();
  }
}
