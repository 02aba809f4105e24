// The conformance data in Node: node node.mjs path/to/zcrx.wasm path/to/conformance

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openHost, runFile } from './cases.mjs';

const [wasm, folder] = process.argv.slice(2);
const host = openHost(readFileSync(wasm));
const total = { passed: 0, failed: 0 };
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith('.json')) continue;
  const file = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { passed, failed } = runFile(host, file, (problem) => console.error(`node: ${name}: ${problem}`));
  total.passed += passed;
  total.failed += failed;
}
console.log(`node: ${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
