import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Scenario, Scenarios } from '../harness.js';
import { runChild } from './support/process.js';

/** What children/main.ts tells of trying to open an instance of 16 MiB. */
interface Tried {
  missing: string[];
  /** What `open` threw; null if it opened. */
  error: { name: string; code: string; message: string } | null;
  leaked: number;
}

interface Expected {
  /** One of the missing things; nothing is missing where there is none. */
  missing?: RegExp;
  error?: { name: string; code: string; message: RegExp };
}

/** What the child does before it tries, what the case is called, and what comes of it. */
type Step = [step: string, name: string, expected: Expected];

/** A process each, and what it tries in turn: starting one takes longer than all that it does. */
interface Chain {
  wrap: string[];
  steps: Step[];
}

const WITHOUT_NET_ADMIN: Expected = {
  missing: /^CAP_NET_ADMIN: run as root/,
  error: {
    name: 'SyscallError',
    code: 'EPERM',
    message: /IORING_REGISTER_ZCRX_IFQ\) failed with EPERM: it needs CAP_NET_ADMIN: run as root/,
  },
};

const FILTERED: Expected = {
  missing: /seccomp filter/,
  error: { name: 'BridgeError', code: 'unsupported-kernel', message: /seccomp filter.*allow io_uring_setup/ },
};

const CHAINS: Chain[] = [
  {
    wrap: [],
    steps: [
      ['nothing', 'root may', {}],
      ['disabled:1', 'io_uring kept for a group is no matter to root', {}],
      [
        'disabled:2',
        'io_uring switched off is told to root too',
        {
          missing: /io_uring_disabled is 2/,
          error: {
            name: 'BridgeError',
            code: 'unsupported-kernel',
            message: /kernel.io_uring_disabled is 2/,
          },
        },
      ],
      ['disabled:0', 'switched on again it works', {}],
      ['memlock:64', 'a small limit of locked memory is no matter to root', {}],
      [
        'drop:14',
        'it is, without CAP_IPC_LOCK',
        {
          error: {
            name: 'SyscallError',
            code: 'ENOMEM',
            message: /RLIMIT_MEMLOCK allows 65536 bytes of locked memory.*raise it.*CAP_IPC_LOCK/,
          },
        },
      ],
      [
        'memlock:1024',
        'a limit that the rings fit in, but not the area',
        {
          error: {
            name: 'SyscallError',
            code: 'ENOMEM',
            message:
              /ZCRX_IFQ\) failed with ENOMEM: RLIMIT_MEMLOCK allows 1048576 bytes.*, and 1\d{7} bytes are to be locked/,
          },
        },
      ],
      ['memlock:32768', 'a limit that all fits in', {}],
      ['seccomp:0', 'a seccomp filter that has nothing against io_uring', {}],
      ['drop:12', 'root without CAP_NET_ADMIN', WITHOUT_NET_ADMIN],
      ['seccomp:1', 'a seccomp filter with EPERM', FILTERED],
      ['seccomp:38', 'a seccomp filter with ENOSYS', FILTERED],
    ],
  },
  {
    // With env(1) for a shell: no shell reads the words again.
    wrap: ['su', '-s', '/usr/bin/env', '--', 'nobody'],
    steps: [['nothing', 'an ordinary user', WITHOUT_NET_ADMIN]],
  },
  {
    wrap: [],
    steps: [
      [
        'disabled:1,become:65534',
        'io_uring kept for a group is told to an ordinary user',
        {
          missing: /io_uring_disabled is 1/,
          error: {
            name: 'BridgeError',
            code: 'unsupported-kernel',
            message: /kernel.io_uring_disabled is 1.*group/,
          },
        },
      ],
    ],
  },
  {
    wrap: ['unshare', '-U', '-r'],
    steps: [
      [
        'nothing',
        'root of a user namespace',
        {
          missing: /^CAP_NET_ADMIN in the initial user namespace/,
          error: { name: 'SyscallError', code: 'EPERM', message: /initial user namespace.*do not count/ },
        },
      ],
    ],
  },
];

const SYSCTL = '/proc/sys/kernel/io_uring_disabled';

async function run({ wrap, steps }: Chain): Promise<Tried[]> {
  const before = readFileSync(SYSCTL, 'utf8');
  try {
    const words = steps.map(([step]) => step);
    const { status, stdout, stderr } = await runChild('try', words, wrap);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Tried[];
  } finally {
    writeFileSync(SYSCTL, before);
  }
}

function check(tried: Tried | undefined, { missing, error }: Expected): void {
  assert.ok(tried);
  if (missing)
    assert.ok(
      tried.missing.some((part) => missing.test(part)),
      tried.missing.join('; '),
    );
  else assert.deepEqual(tried.missing, []);
  assert.equal(tried.leaked, 0, 'descriptors are left');
  if (!error) {
    assert.equal(tried.error, null);
    return;
  }
  assert.ok(tried.error, 'it opened');
  const { name, code, message } = tried.error;
  assert.deepEqual({ name, code }, { name: error.name, code: error.code }, message);
  assert.match(message, error.message);
  assert.ok(!message.includes('\n'), 'one line');
}

/** The cases of a chain; the first one runs it. */
function casesOf(chain: Chain): [string, { timeoutMs: number; run: Scenario }][] {
  let result: Promise<Tried[]> | undefined;
  return chain.steps.map(([, name, expected], i) => [
    name,
    {
      timeoutMs: 60_000,
      async run() {
        result ??= run(chain);
        check((await result)[i], expected);
      },
    },
  ]);
}

export default {
  ...Object.fromEntries(CHAINS.flatMap(casesOf)),

  'within a limit of locked memory instances come and go': async () => {
    const { status, stdout, stderr } = await runChild('reopen');
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { opened: 10 });
  },
} satisfies Scenarios;
