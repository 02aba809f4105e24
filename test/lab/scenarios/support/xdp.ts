import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { addressOf, Mapping } from 'zcrx/bridge';
import { koffi, libc } from './koffi.js';
import { PAGE } from './page.js';

// What else may lay claim to a network device or to one of its queues: XDP programs and AF_XDP sockets.

const SYS_BPF = process.arch === 'arm64' ? 280 : 321;
const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_PROG_TYPE_XDP = 6;
const BPF_XDP = 37;
/** Without it no program goes to a device that splits headers from data. */
const BPF_F_XDP_HAS_FRAGS = 1 << 5;
const XDP_FLAGS_SKB_MODE = 2;

const syscall = libc.func('int64_t syscall(int64_t number, int64_t a, void *b, int64_t c)');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)');
const bind = libc.func('int bind(int fd, void *address, uint32_t length)');

function checked(what: string, result: number | bigint): number {
  assert.ok(Number(result) >= 0, `${what}: errno ${koffi.errno()}`);
  return Number(result);
}

function bpf(command: number, fields: (view: DataView) => void): number {
  const attr = new Uint8Array(128);
  fields(new DataView(attr.buffer));
  return checked(`bpf(${command})`, syscall(SYS_BPF, command, attr, attr.length));
}

/** `r0 = XDP_PASS; exit`. */
function loadProgram(): number {
  const code = new Uint8Array([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
  const licence = new TextEncoder().encode('GPL\0');
  return bpf(BPF_PROG_LOAD, (view) => {
    view.setUint32(0, BPF_PROG_TYPE_XDP, true);
    view.setUint32(4, code.length / 8, true);
    view.setBigUint64(8, addressOf(code), true);
    view.setBigUint64(16, addressOf(licence), true);
    view.setUint32(44, BPF_F_XDP_HAS_FRAGS, true);
  });
}

/** Attaches a program that lets everything pass to the stack's side of an interface. */
export function attachXdp(ifindex: number): Disposable {
  const program = loadProgram();
  const link = bpf(BPF_LINK_CREATE, (view) => {
    view.setUint32(0, program, true);
    view.setUint32(4, ifindex, true);
    view.setUint32(8, BPF_XDP, true);
    view.setUint32(12, XDP_FLAGS_SKB_MODE, true);
  });
  return {
    [Symbol.dispose]() {
      closeSync(link);
      closeSync(program);
    },
  };
}

const AF_XDP = 44;
const SOCK_RAW = 3;
const SOL_XDP = 283;
const XDP_RX_RING = 2;
const XDP_UMEM_REG = 4;
const XDP_UMEM_FILL_RING = 5;
const XDP_UMEM_COMPLETION_RING = 6;
const XDP_COPY = 2;
const RING_ENTRIES = 64;

/** Opens an AF_XDP socket on a queue, which copies: no driver has to know of it. */
export function openXsk(ifindex: number, queue: number): Disposable {
  const fd = checked('socket', socket(AF_XDP, SOCK_RAW, 0));
  const memory = Mapping.anonymous(RING_ENTRIES * PAGE);
  const set = (name: number, value: Uint8Array) =>
    checked(`setsockopt(${name})`, setsockopt(fd, SOL_XDP, name, value, value.length));
  const umem = new DataView(new ArrayBuffer(32));
  umem.setBigUint64(0, memory.address, true);
  umem.setBigUint64(8, BigInt(memory.length), true);
  umem.setUint32(16, PAGE, true);
  set(XDP_UMEM_REG, new Uint8Array(umem.buffer));
  const entries = new Uint8Array(Int32Array.of(RING_ENTRIES).buffer);
  for (const ring of [XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING]) set(ring, entries);
  const address = new DataView(new ArrayBuffer(16));
  address.setUint16(0, AF_XDP, true);
  address.setUint16(2, XDP_COPY, true);
  address.setUint32(4, ifindex, true);
  address.setUint32(8, queue, true);
  checked('bind', bind(fd, new Uint8Array(address.buffer), 16));
  return {
    [Symbol.dispose]() {
      closeSync(fd);
      memory.close();
    },
  };
}
