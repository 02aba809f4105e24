// Records the traces beside it anew, in the lab: `node test/traces/record.mjs [NAME...]`, after `npm run build`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInKernel } from '../../dist/src/lab/index.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// beside the package, so that it finds it by its name
const GUEST = '/trace/guest.mjs';

const result = await runInKernel({
  kernel: '7.3',
  argv: ['node', GUEST, '/run/traces', ...process.argv.slice(2)],
  extra: [{ from: here('guest.mjs'), to: GUEST }],
  nic: true,
  timeoutMs: 900_000,
  fetch: ['/run/traces'],
  progress: (line) => console.error(line),
  onStdout: (chunk) => process.stdout.write(chunk),
  onStderr: (chunk) => process.stderr.write(chunk),
});
for (const [path, bytes] of result.files) writeFileSync(here(path.slice(path.lastIndexOf('/') + 1)), bytes);
process.exitCode = result.status ?? 1;
