import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Scenarios } from '../harness.js';

/** What every other scenario relies on: a guest that looks like a small Linux machine. */
export default {
  'the release is the one that was asked for'(t) {
    assert.match(t.release, /^\d+\.\d+/);
    assert.equal(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(), t.release);
    return { series: t.series };
  },

  'loopback speaks IPv4 and IPv6'() {
    const addresses = networkInterfaces().lo?.map(({ address }) => address);
    assert.deepEqual(addresses, ['127.0.0.1', '::1']);
  },

  async 'TCP over loopback carries data'() {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer((socket) => socket.end('hello'));
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      const client = connect((server.address() as AddressInfo).port, host);
      let heard = '';
      for await (const chunk of client) heard += String(chunk);
      server.close();
      assert.equal(heard, 'hello');
    }
  },

  'the usual file systems are mounted'() {
    const mounts = readFileSync('/proc/mounts', 'utf8');
    for (const folder of ['/proc', '/sys', '/dev', '/dev/pts', '/dev/shm', '/tmp', '/sys/kernel/debug']) {
      assert.ok(mounts.includes(` ${folder} `), folder);
    }
  },

  'the kernel describes its own types'() {
    assert.equal(readFileSync('/sys/kernel/btf/vmlinux').readUInt16LE(0), 0xeb9f);
  },

  'large integers survive the way to the host'() {
    return { value: 2n ** 64n - 1n };
  },
} satisfies Scenarios;
