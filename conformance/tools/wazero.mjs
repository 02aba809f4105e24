// The program that runs the conformance data in Go.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, tryCommand } from '../../dist/src/lab/command.js';
import { fetchGo } from './go.mjs';

const SOURCE = fileURLToPath(new URL('../hosts/wazero/', import.meta.url));

/** A `go.mod` beside the sources' own, which takes modules from Debian's packages and not from the network. */
function writeModFile(folder, sources) {
  const own = readFileSync(join(SOURCE, 'go.mod'), 'utf8');
  const replaced = [...own.matchAll(/^require (\S+)/gm)].map(
    ([, name]) => `replace ${name} => ${join(sources, name)}\n`,
  );
  const file = join(folder, 'go.mod');
  writeFileSync(file, own + replaced.join(''));
  return file;
}

/** Compiles the program into `folder`, an empty one, and gives its path. */
export async function buildWazero(folder, progress = () => {}) {
  const { go, sources, env } = await fetchGo(progress);
  const program = join(folder, 'wazero');
  progress('compiling with Go');
  const args = ['build', '-modfile', writeModFile(folder, sources), '-o', program, '.'];
  await runCommand(go, args, { cwd: SOURCE, env });
  return program;
}

/** What Go's own tools have to say about the program; nothing is best. */
export async function checkWazero(folder) {
  const { go, gofmt, sources, env } = await fetchGo();
  const unformatted = await runCommand(gofmt, ['-l', SOURCE], { env });
  const vet = await tryCommand(go, ['vet', '-modfile', writeModFile(folder, sources), '.'], {
    cwd: SOURCE,
    env,
  });
  return { unformatted: unformatted.toString(), objections: vet.status === 0 ? '' : vet.stderr };
}
