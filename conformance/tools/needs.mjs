// What the conformance hosts need of the machine, beside Node and what is fetched into the cache.

import { existsSync } from 'node:fs';
import { findProgram } from '../../dist/src/lab/command.js';

const program = (name, debian = name) => ({ is: () => findProgram(name) !== undefined, debian });
const file = (path, debian) => ({ is: () => existsSync(path), debian });

/** By host. Go and the kernel's headers come by Debian's tools, which unpack and do not install them. */
const NEEDS = {
  node: [],
  chromium: [file(process.env.CHROMIUM ?? '/usr/bin/chromium', 'chromium')],
  wazero: [program('apt-get', 'apt'), program('dpkg-deb', 'dpkg')],
  wasm2c: [
    program('gcc'),
    file('/usr/include/stdio.h', 'libc6-dev'),
    program('wasm2c', 'wabt'),
    file('/usr/include/cjson/cJSON.h', 'libcjson-dev'),
  ],
};

/** Debian's packages that a host lacks here. */
export function missingPackages(host) {
  return NEEDS[host].filter(({ is }) => !is()).map(({ debian }) => debian);
}
