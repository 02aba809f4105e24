// Runs the conformance data in every host, one after the other, and prints what each says: a line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missingPackages } from './tools/needs.mjs';
import { buildWasm2c } from './tools/wasm2c.mjs';
import { buildWazero } from './tools/wazero.mjs';

const HELP = `Usage: npm run conformance -- [options]

Runs the conformance data on zcrx.wasm in every host, and prints a line for each. Says on standard error
which cases fail, and why. The exit status is 1 if any failed, or if a host cannot run here.

Options:
  --host <name>    only this host: node, chromium, wazero or wasm2c (can be repeated)
  --data <folder>  other data than conformance/*.json
  --help           this text

Examples:
  npm run conformance
  npm run conformance -- --host wazero --host wasm2c
  npm run conformance -- --host node --data my-cases
`;

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const WASM = path('../dist/zcrx.wasm');

/** How each host is started; what must be compiled for it goes into the folder, an empty one. */
const HOSTS = {
  node: async () => [process.execPath, path('hosts/node.mjs'), WASM],
  chromium: async () => [process.execPath, path('hosts/chromium.mjs'), WASM],
  wazero: async (folder, progress) => [await buildWazero(folder, progress), WASM],
  // The module is linked into the program.
  wasm2c: async (folder, progress) => [await buildWasm2c(folder, WASM, progress)],
};

class UsageError extends Error {}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', multiple: true, default: Object.keys(HOSTS) },
        data: { type: 'string', default: path('.') },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = values.host.find((name) => !Object.hasOwn(HOSTS, name));
    if (unknown === undefined) return values;
    throw new Error(`--host ${unknown}: expected one of ${Object.keys(HOSTS).join(', ')}`);
  } catch (error) {
    throw new UsageError(error.message);
  }
}

/** Whether every case passed in a host. What it prints is its own account of that. */
async function passes(host, data, folder) {
  const missing = missingPackages(host);
  if (missing.length > 0) {
    throw new Error(`needs ${missing.join(', ')} (Debian: apt-get install ${missing.join(' ')})`);
  }
  const progress = (words) => console.error(`${host}: ${words}`);
  const [program, ...args] = await HOSTS[host](folder, progress);
  const child = spawn(program, [...args, data], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [status, signal] = await once(child, 'close');
  if (!new RegExp(`^${host}: \\d+ passed, \\d+ failed\n$`).test(output)) {
    throw new Error(`ended with ${signal ?? `status ${status}`} before all was done`);
  }
  process.stdout.write(output);
  return status === 0;
}

async function main() {
  const { host: hosts, data, help } = options();
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  let status = 0;
  for (const host of new Set(hosts)) {
    const folder = mkdtempSync(join(tmpdir(), `zcrx-${host}-`));
    try {
      if (!(await passes(host, data, folder))) status = 1;
    } catch (error) {
      console.error(`${host}: ${error.message}`);
      status = 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return status;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message} (--help shows what there is)`);
  process.exitCode = 2;
}
