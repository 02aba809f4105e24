import { describe, expect, test } from 'vitest';
import { isLabError, type RunOptions, runInKernel } from '../../src/lab/index.js';
import { missingForArm64 } from '../prepare.mjs';
import { describeScenarios } from './guest.js';

await describeScenarios(['7.3', '7.2'], ['nic-wire.js'], { nic: { port: 7000 } });

// Where a sender and a receiver run at the same time, and the queue is stopped under both.
await describeScenarios('7.3', ['nic-wire.js'], { nic: { port: 7000 }, cpus: 2 });

const missing = missingForArm64();
if (missing !== '') test.skip(`Linux for arm64: ${missing}`, () => {});
else {
  // A module that is compiled for another processor, and pages of 16 KiB.
  const kernel = { series: '7.3', architecture: 'arm64', flavour: '16k' } as const;
  await describeScenarios(kernel, ['nic-wire.js', 'nic-queue-stats.js'], { nic: { port: 7000 } });
}

describe('the simulated network card', () => {
  test('is there before the command, as it was ordered, and unloads', async () => {
    const script = `cd /sys/module/zcrx_nic/parameters
      cat port copy_one_in linear data_split large_buffers; cat /sys/class/net/zcrx0/mtu /sys/class/net/zcrx0/flags
      ping -c 1 -w 5 10.9.0.2 >/dev/null && rmmod zcrx_nic && ls /sys/class/net`;
    const nic = { port: 9, copy_one_in: 3, linear: 7, data_split: false, large_buffers: true };
    const run = await runInKernel({ kernel: '7.3', bare: true, nic, argv: ['sh', '-c', script] });
    const flags = 0x81; // IFF_UP, IFF_NOARP
    expect(run.stdout.toString().split('\n')).toEqual([
      ...['9', '3', '7', 'N', 'Y', '4148', `0x${flags.toString(16)}`, 'lo', ''],
    ]);
    expect(run.status).toBe(0);
  });

  test('that the kernel does not accept ends the run, with the kernel’s words', async () => {
    const append = ['module.sig_enforce=1'];
    const error = await runInKernel({
      kernel: '7.3',
      bare: true,
      nic: true,
      append,
      argv: ['true'],
    }).catch((reason: unknown) => reason);
    if (!isLabError(error)) throw error;
    expect(error.code).toBe('command-failed');
    expect(error.message).toMatch(/^the simulated network card could not be set up\n/);
    expect(error.message).toContain('zcrx_nic.ko');
  });

  test.for<[string, Partial<RunOptions>, RegExp]>([
    ['an old kernel', { kernel: '7.1', nic: true }, /nic: .* needs kernel 7\.2 or later, not 7\.1/],
    ['a large port', { nic: { port: 65_536 } }, /nic\.port 65536: expected a whole number from 0 to 65535/],
    ['a word', { nic: { data_split: 'on' as never } }, /nic\.data_split "on": expected true or false/],
    ['another name', { nic: { ports: 1 } as object }, /nic\.ports 1: expected one of port, /],
  ])('is refused with a reason: %s', async ([, options, words]) => {
    const error = await runInKernel({ kernel: '7.3', bare: true, argv: ['true'], ...options }).catch(
      (reason: unknown) => reason,
    );
    if (!isLabError(error)) throw error;
    expect(error.code).toBe('bad-input');
    expect(error.message).toMatch(words);
  });
});
