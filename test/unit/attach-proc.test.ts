import { expect, test } from 'vitest';
import { identityOf, parseRingMappings, parseStat } from '../../bridge/attach/proc.js';
import { processesNamed } from '../../bridge/attach/processes.js';
import { parseReceiveQueues } from '../../bridge/attach/waiting.js';

// Text as the kernel prints it.

const AFTER =
  'S 1 4242 4242 0 -1 4194560 200 0 0 0 5 3 0 0 20 0 1 0 987654 3000000 500 18446744073709551615 1 1 0 0 0 0 0 4096 0';

test.for([
  ['4242 (nginx) ', 'nginx'],
  ['4242 (a b) ', 'a b'],
  ['4242 (tmux: server) ', 'tmux: server'],
  ['4242 ((sd-pam)) ', '(sd-pam)'],
  ['4242 () S 1 (x) ', ') S 1 (x'],
  ['4242 (line\nend) ', 'line\nend'],
  ['4242 () ', ''],
])('a process is told by its stat, whatever its name: %j', ([head, command]) => {
  expect(parseStat(`${head}${AFTER}\n`)).toEqual({
    pid: 4242,
    command,
    startTime: 987_654n,
    state: 'S',
    ending: false,
  });
});

test('one that is about to end says so', () => {
  expect(parseStat(`7 (x) ${AFTER.replace('4194560', String(4_194_560 + 4))}`)?.ending).toBe(true);
});

test.for(['', '4242', '4242 (x', '4242 (x) S 1', `x (x) ${AFTER}`, `4242 x) ( ${AFTER}`])(
  'what is no stat is none: %j',
  (text) => {
    expect(parseStat(text)).toBeUndefined();
  },
);

test('this process is itself, and not among those found by name', () => {
  const identity = identityOf(process.pid);
  expect(identity).toMatchObject({ pid: process.pid, ending: false });
  expect(processesNamed(identity?.command ?? '').map(({ pid }) => pid)).not.toContain(process.pid);
  expect(identityOf(2 ** 30)).toBeUndefined();
});

test("a ring's mappings are found among all others", () => {
  const maps = `00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/anon_inode:[io_uring]
7f0000000000-7f0000002000 rw-s 30000000 00:0f 42                         anon_inode:[io_uring]
7f0000002000-7f0000004000 rw-s 30010000 00:0f 42                         anon_inode:[io_uring]
7f0000004000-7f0000005000 r--s 00000000 00:0f 43                         anon_inode:[io_uring]
7f0000005000-7f0000006000 ---s 30000000 00:0f 43                         anon_inode:[io_uring]
7f0000006000-7f0000007000 rw-s 00000000 00:0f 44                         anon_inode:[io_uring_mock]
7f0000007000-7f0000008000 rw-s 00000000 00:01 45                         /anon_inode:[io_uring] (deleted)
`;
  expect(parseRingMappings(maps)).toEqual([
    { start: 0x7f0000000000n, end: 0x7f0000002000n, offset: 0x30000000n, inode: 42n },
    { start: 0x7f0000002000n, end: 0x7f0000004000n, offset: 0x30010000n, inode: 42n },
    { start: 0x7f0000004000n, end: 0x7f0000005000n, offset: 0n, inode: 43n },
  ]);
});

test('bytes that wait are read by socket, and connections that wait are none', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 1001 1 ffff 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00003039 00:00000000 00000000     0        0 1002 1 ffff 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1F90 01 00000064:00000000 02:00000A6B 00000000     0        0 1003 2 ffff 20 4 30 10 -1
   3: 0100007F:C352 0100007F:1F90 06 00000000:00000000 03:00000A6B 00000000     0        0 0 3 ffff
1234: 0100007F:C353 0100007F:1F90 08 00000000:FFFFFFFF 00:00000000 00000000     0        0 1005 1 ffff 20 4 30 10 -1
`;
  const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C350 01 00000000:00000001 00:00000000 00000000     0        0 1006 1 ffff 20 4 30 10 -1
`;
  expect([...parseReceiveQueues(tcp)]).toEqual([
    ['1002', 12_345n],
    ['1003', 0n],
    ['1005', 0xffff_ffffn],
  ]);
  expect([...parseReceiveQueues(tcp6)]).toEqual([['1006', 1n]]);
  expect(parseReceiveQueues('').size).toBe(0);
});
