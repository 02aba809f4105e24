import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { elfSection } from '../../src/btf/index.js';
import { fetchKernel, runInKernel } from '../../src/lab/index.js';

// kernel-btf.test.ts reads BTF out of kernel images: this shows that a running kernel says the same.

const BTF = '/sys/kernel/btf/vmlinux';
const BOOT_MS = 300_000;

describe.each(['7.3', '7.2'])('Linux %s, running', (series) => {
  test('shows the BTF of its image', { timeout: BOOT_MS }, async () => {
    const kernel = await fetchKernel(series);
    const { status, files } = await runInKernel({ kernel, argv: ['cp', BTF, '/btf'], fetch: ['/btf'] });
    expect(status).toBe(0);
    const image = elfSection(await readFile(kernel.vmlinux!), '.BTF');
    const shown = files.get('/btf');
    expect(shown?.length).toBeGreaterThan(0);
    expect(shown?.equals(image!)).toBe(true);
  });
});
