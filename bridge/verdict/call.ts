import { release } from 'node:os';
import * as uapi from '../../src/generated/constants.js';
import type { Call, Instance } from '../../src/verdict/call.js';
import { seriesOf } from '../../src/verdict/series.js';
import { libc } from '../libc.js';
import { privileges } from '../privileges.js';
import {
  ALL_EVENTS,
  anyInstance,
  type Doubt,
  foreignInstance,
  foreignRing,
  newerKernel,
  otherTask,
  restrictions,
  sharedFile,
  unseenEvent,
} from './doubts.js';
import { type KnownInstance, type KnownRing, rings } from './known-rings.js';
import { memoryMap, rangesFor, sharedFileIn } from './memory-map.js';
import { AT, extentsOf, type Piece, pieceOf, u32 } from './pieces.js';
import { type DescriptorKind, descriptorKind, interfacesWith } from './surroundings.js';
import type { Request } from './types.js';

/** A call with all that it meets in this process. */
export interface Situation {
  readonly call: Call;
  readonly doubts: readonly Doubt[];
}

/** Whether anything is known of the running kernel's checks. */
export function isKnownKernel(): boolean {
  try {
    seriesOf(release());
    return true;
  } catch {
    return false;
  }
}

const hex = (value: bigint) => `0x${value.toString(16)}`;
/** More instances than the model takes at once are left out. */
const MOST_INSTANCES = 64;

function instanceOf(id: number, { box, isImported }: KnownInstance): Instance {
  const { registered } = box;
  return {
    id,
    event_mask: registered?.eventMask ?? ALL_EVENTS,
    // Of one that was made elsewhere nothing was seen: what is asked of it is taken to be right.
    fired_mask: registered ? box.firedMask : ALL_EVENTS,
    nodev: registered?.nodev ?? true,
    imported: isImported,
    areas: box.areas,
    rq_entries: registered?.entries ?? 0,
    box: box.number,
  };
}

/** The instances of a ring, the one that is meant first. */
function instancesOf(ring: KnownRing, id: number): Instance[] {
  const all = [...ring.instances].map(([each, known]) => instanceOf(each, known));
  return all.sort((a, b) => Number(b.id === id) - Number(a.id === id)).slice(0, MOST_INSTANCES);
}

function ofRing({ kind, fd }: Request, pieces: readonly Piece[]): Situation {
  const ring = rings.find(fd);
  const setup_flags = ring?.flags;
  const ctrl = pieceOf(pieces, 'ctrl');
  const id = u32(ctrl, AT.ctrl_id);
  const target = ctrl && ring?.instances.get(id);
  const isForeign = setup_flags === undefined && !target;
  const instances = ctrl && isForeign ? [anyInstance(id)] : ring ? instancesOf(ring, id) : [];
  const doubts = [restrictions];
  if (setup_flags && setup_flags & uapi.IORING_SETUP_R_DISABLED) doubts.push(otherTask);
  if (isForeign) doubts.push(foreignRing(fd, ctrl && id));
  if (target) doubts.push(...unseenEvent(ctrl, instances, target.box));
  if (target && !target.box.registered) doubts.push(foreignInstance(id));
  return { call: { call: kind, ...(setup_flags !== undefined && { setup_flags }), instances }, doubts };
}

/** A number that no instance of this thread has. */
const FOREIGN = 999_999_999;

function nameOf(fd: number, kind: DescriptorKind): string {
  return kind === 'zcrx' ? `zcrx:${rings.exportedAs(fd)?.number ?? FOREIGN}` : kind;
}

/** What the call is made on. */
function ofDescriptor(request: Request, pieces: readonly Piece[]): Situation {
  const { kind, fd } = request;
  const what = fd < 0 ? undefined : descriptorKind(fd);
  if (what === 'io_uring') return ofRing(request, pieces);
  return { call: { call: kind, fd, ...(what && { files: { [fd]: nameOf(fd, what) } }) }, doubts: [] };
}

/** What a registration refers to by number: a descriptor to import, a DMA buffer, an interface. */
function referred(pieces: readonly Piece[]): { files: Record<string, string>; devices?: Call['devices'] } {
  const reg = pieceOf(pieces, 'reg');
  const area = pieceOf(pieces, 'area');
  const flags = u32(reg, AT.reg_flags);
  const if_idx = u32(reg, AT.if_idx);
  const isImport = (flags & uapi.ZCRX_REG_IMPORT) !== 0;
  const isDmabuf = (u32(area, AT.area_flags) & uapi.IORING_ZCRX_AREA_DMABUF) !== 0;
  const files: Record<string, string> = {};
  for (const fd of [...(isImport ? [if_idx] : []), ...(isDmabuf ? [u32(area, AT.dmabuf_fd)] : [])]) {
    const kind = fd < 2 ** 31 ? descriptorKind(fd) : undefined;
    if (kind) files[fd] = nameOf(fd, kind);
  }
  const hasDevice = reg && !isImport && !(flags & uapi.ZCRX_REG_NODEV);
  return { files, ...(hasDevice && { devices: interfacesWith(if_idx) }) };
}

function bytesOf(pieces: readonly Piece[]): Record<string, string> {
  const bytes: Record<string, string> = {};
  for (const { address, bytes: found } of pieces) {
    const text = Buffer.from(found).toString('hex');
    // Two structs may begin at the same address.
    if (text.length > (bytes[hex(address)]?.length ?? 0)) bytes[hex(address)] = text;
  }
  return bytes;
}

/**
 * A request of this process as a call that can be judged.
 * @param pieces its structs as they were before the call
 */
export function situationOf(request: Request, pieces: readonly Piece[]): Situation {
  const { call, doubts } = ofDescriptor(request, pieces);
  const { files, devices } = referred(pieces);
  const kernel = release();
  const map = memoryMap();
  const extents = extentsOf(pieces);
  const file = sharedFileIn(map, extents);
  const allFiles = { ...files, ...call.files };
  return {
    call: {
      ...call,
      kernel,
      page_size: libc().pageSize,
      nr_args: request.nrArgs,
      ...(request.kind === 'register_ifq' && { capable: privileges().capNetAdmin }),
      arg: hex(request.address),
      memory: rangesFor(map, extents),
      bytes: bytesOf(pieces),
      ...(Object.keys(allFiles).length > 0 && { files: allFiles }),
      ...(devices && { devices }),
    },
    doubts: [
      ...doubts,
      ...(file ? [sharedFile(file)] : []),
      ...(seriesOf(kernel).isNewer ? [newerKernel(kernel)] : []),
    ],
  };
}
