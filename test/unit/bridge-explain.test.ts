import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { BridgeError, SyscallError } from '../../bridge/errors.js';
import type { Situation } from '../../bridge/verdict/call.js';
import { type Doubt, foreignRing, newerKernel, sharedFile } from '../../bridge/verdict/doubts.js';
import { explained, refuseForeseen } from '../../bridge/verdict/explain.js';
import { encode } from '../../src/index.js';
import type { Call } from '../../src/verdict/index.js';
import { VerdictModel } from '../../src/verdict/index.js';

const ARG = 0x10000000;

/** A zcrx_ctrl of instance 0, in memory that is there. */
function flush(change: Partial<Call> = {}): Call {
  const fine: Call = {
    call: 'zcrx_ctrl',
    kernel: '7.3',
    nr_args: 0,
    arg: ARG,
    memory: [[ARG, 4096, 'rw']],
    bytes: { [ARG]: '00'.repeat(72) },
    instances: [
      { id: 0, event_mask: 3, fired_mask: 0, nodev: true, imported: false, areas: 1, rq_entries: 8 },
    ],
  };
  return { ...fine, ...change };
}

const situation = (call: Call, ...doubts: Doubt[]): Situation => ({ call, doubts });
const request = { kind: 'zcrx_ctrl', name: 'ctrl', fd: 5, nrArgs: 0, address: 0n, bytes: undefined } as const;

function refused(errno: keyof typeof constants.errno, of: Situation): SyscallError {
  return explained(new SyscallError('ctrl', constants.errno[errno]), of, []);
}

function foreseen(of: Situation): BridgeError | undefined {
  try {
    refuseForeseen(request, of);
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError);
    return error as BridgeError;
  }
  return undefined;
}

test('a refusal that was to be expected has its cause', () => {
  const error = refused('EINVAL', situation(flush({ nr_args: 1 })));
  expect(error.message).toMatch(/^ctrl failed with EINVAL: nr_args is 1\b/);
  expect(error).toMatchObject({ errno: 'EINVAL', number: 22, field: 'nr_args' });
  expect(error.verdict).toMatchObject({
    errno: 'EINVAL',
    rule: 'ctrl-nr-args',
    contradicted: false,
    fixes: [{ field: 'nr_args', value: 0n }],
    unknown: [],
  });
});

test('another errno than expected is a contradiction, and the call in the message can be judged again', () => {
  for (const [call, expected] of [
    [flush(), /where this library expected success; please report/],
    [flush({ nr_args: 1 }), /where this library expected EINVAL \(nr_args is 1\b.*\); please report/],
  ] as const) {
    const { explanation = '', verdict } = refused('EBUSY', situation(call));
    expect(explanation).toMatch(/^the kernel says EBUSY /);
    expect(explanation).toMatch(expected);
    expect(verdict?.contradicted).toBe(true);
    const text = explanation.slice(explanation.indexOf('this call: ') + 'this call: '.length);
    expect(new VerdictModel().judge(JSON.parse(text)).rule).toBe(verdict?.rule);
  }
});

test('what is not known may account for it: then it is no contradiction', () => {
  const call = flush({ instances: [] });
  const foreign = situation(flush(), foreignRing(5, 0));
  const missing = refused('ENXIO', foreign);
  expect(missing.verdict).toMatchObject({ rule: 'ctrl-unknown-id', contradicted: false });
  expect(missing.verdict?.unknown).toEqual([expect.stringContaining('ring 5 was not set up')]);
  expect(refused('EEXIST', foreign).verdict?.rule).toBe('other-task');
  const open = refused('EBUSY', foreign);
  expect(open.verdict?.contradicted).toBe(false);
  expect(open.explanation).toMatch(/expected success, but does not know all: ring 5 was not set up/);
  const file = refused('EFAULT', situation(call, sharedFile('/srv/data')));
  expect(file.explanation).toMatch(
    /expected ENXIO .*, but does not know all: .* shared mapping of \/srv\/data/,
  );
});

test('memory and descriptors that run out contradict nothing', () => {
  for (const errno of ['ENOMEM', 'EMFILE', 'ENFILE'] as const) {
    const error = refused(errno, situation(flush()));
    expect(error.explanation).toMatch(/memory|open/);
    expect(error.verdict?.contradicted).toBe(false);
  }
});

/** A registration with a device of which nothing is known. */
function withDevice(area_len: number): Call {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const at = (offset: number) => BigInt(ARG + offset);
  const reg = { if_idx: 2, rq_entries: 8, area_ptr: at(0x100), region_ptr: at(0x200) };
  return {
    call: 'register_ifq',
    kernel: '7.3',
    arg: ARG,
    memory: [[ARG, 65_536, 'rw']],
    devices: [{ if_idx: 2, unknown: true }],
    bytes: {
      [ARG]: hex(encode('io_uring_zcrx_ifq_reg', reg)),
      [ARG + 0x100]: hex(encode('io_uring_zcrx_area_reg', { addr: at(4096), len: area_len })),
      [ARG + 0x200]: hex(encode('io_uring_region_desc', { size: 4096 })),
    },
  };
}

test('beyond what was proved a finding with the errno is told, else that nothing is known', () => {
  const busy = refused('EBUSY', situation(withDevice(4096)));
  expect(busy.verdict).toMatchObject({ rule: 'unproved', errno: null, contradicted: false, findings: [] });
  expect(busy.explanation).toMatch(/about which nothing was proved/);
  const unaligned = refused('EINVAL', situation(withDevice(4095)));
  expect(unaligned.verdict).toMatchObject({ rule: 'unproved', contradicted: false });
  expect(unaligned.explanation).toMatch(/^area.len is 4095\b/);
  expect(foreseen(situation(withDevice(4095)))).toBeUndefined();
});

test('a call that is refused for sure is not made', () => {
  const error = foreseen(situation(flush({ nr_args: 1, bytes: { [ARG]: `09${'00'.repeat(71)}` } })));
  expect(error?.code).toBe('would-be-refused');
  expect(error?.message).toMatch(
    /^ctrl was not called, for the kernel would refuse it with EINVAL: nr_args is 1\b.* \(and 1 other problem\)$/,
  );
  expect(error?.verdict).toMatchObject({ errno: 'EINVAL', rule: 'ctrl-nr-args', contradicted: false });
});

test('a call is made if it may succeed for all that is known', () => {
  expect(foreseen(situation(flush()))).toBeUndefined();
  const doubt: Doubt = { words: '', instead: [{ nr_args: 0 }], isOpen: false };
  expect(foreseen(situation(flush({ nr_args: 1 }), doubt))).toBeUndefined();
  expect(foreseen(situation(flush({ nr_args: 1 }), foreignRing(5, 0)))?.code).toBe('would-be-refused');
});

test('of a kernel newer than those that are known nothing is sure', () => {
  const call = flush({ nr_args: 1, kernel: '8.1.2-generic' });
  expect(foreseen(situation(call, newerKernel('8.1.2-generic')))).toBeUndefined();
  const { verdict, explanation } = refused('EBUSY', situation(call, newerKernel('8.1.2-generic')));
  expect(verdict?.contradicted).toBe(false);
  expect(explanation).toMatch(/Linux 8\.1\.2-generic, is newer than those whose checks are known/);
});
