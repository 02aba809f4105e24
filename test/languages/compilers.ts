import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackedGo } from '../../conformance/tools/go.mjs';
import type { Language } from '../../src/cli/layout/languages.js';
import { findRust } from '../prepare.mjs';
import { type Ran, run } from './toolchains.js';

const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));

/** What is done with printed definitions in one language. */
export interface Compiler {
  /** What the compiler says of definitions, each under a name that is an identifier; empty if it takes them all. */
  complaints(folder: string, definitions: Readonly<Record<string, string>>): string;
  /** The output of the program `programs/values` over some definitions, which are to be all. */
  values(folder: string, definitions: string, input: string): string;
}

/** Writes files and gives their paths. */
function write(folder: string, files: Readonly<Record<string, string>>): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(files).map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  });
}

const named = (texts: Readonly<Record<string, string>>, ending: string) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name + ending, text]));

/** What runs said that failed; such as say something without failing must not be. */
function complaintsOf(...runs: readonly Ran[]): string {
  return runs
    .map(({ ok, output, errors }) => output + errors + (ok ? '' : '\n(failed)'))
    .join('')
    .trim();
}

function outputOf({ ok, output, errors }: Ran): string {
  if (!ok) throw new Error(errors);
  return output;
}

const STRICT = ['-Wall', '-Wextra', '-Werror'];

const c: Compiler = {
  complaints(folder, definitions) {
    const files = write(folder, named(definitions, '.c'));
    return complaintsOf(
      run('gcc', ['-std=gnu11', ...STRICT, '-fsyntax-only', ...files]),
      run('g++', ['-std=c++11', ...STRICT, '-fsyntax-only', '-x', 'c++', ...files]),
    );
  },
  values(folder, definitions, input) {
    write(folder, { 'zcrx.h': definitions });
    const program = join(folder, 'values');
    const source = join(PROGRAMS, 'values.c');
    outputOf(run('gcc', ['-std=gnu11', ...STRICT, '-I', folder, '-o', program, source]));
    return outputOf(run(program, [], { input }));
  },
};

const rust: Compiler = {
  complaints(folder, definitions) {
    const names = Object.keys(definitions);
    write(folder, named(definitions, '.rs'));
    const modules = names.map((name) => `pub mod ${name} { include!("${name}.rs"); }\n`);
    write(folder, { 'lib.rs': `#![no_std]\n#![deny(warnings)]\n${modules.join('')}` });
    const edition = (year: string) =>
      run(
        findRust()!,
        ['--edition', year, '--crate-type', 'lib', '--emit', 'metadata', '-o', 'lib.rmeta', 'lib.rs'],
        { cwd: folder },
      );
    return complaintsOf(edition('2015'), edition('2021'));
  },
  values(folder, definitions, input) {
    write(folder, { 'zcrx.rs': definitions });
    cpSync(join(PROGRAMS, 'values.rs'), join(folder, 'values.rs'));
    outputOf(run(findRust()!, ['--edition', '2021', 'values.rs'], { cwd: folder }));
    return outputOf(run(join(folder, 'values'), [], { input }));
  },
};

/** A module has its packages in folders of their own. */
function writeModule(
  folder: string,
  packages: Readonly<Record<string, string>>,
): NonNullable<ReturnType<typeof unpackedGo>> {
  write(folder, { 'go.mod': 'module values\n\ngo 1.18\n' });
  for (const [name, text] of Object.entries(packages)) write(join(folder, name), { 'zcrx.go': text });
  return unpackedGo()!;
}

const go: Compiler = {
  complaints(folder, definitions) {
    const { go, gofmt, env } = writeModule(folder, definitions);
    return complaintsOf(
      run(gofmt, ['-l', folder]),
      run(go, ['build', './...'], { cwd: folder, env }),
      run(go, ['vet', './...'], { cwd: folder, env }),
    );
  },
  values(folder, definitions, input) {
    const { go, env } = writeModule(folder, { zcrx: definitions });
    cpSync(join(PROGRAMS, 'values.go'), join(folder, 'values.go'));
    outputOf(run(go, ['build', '-o', 'program', '.'], { cwd: folder, env }));
    return outputOf(run(join(folder, 'program'), [], { input }));
  },
};

const IMPORT_ALL = `import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
`;

const python: Compiler = {
  complaints(folder, definitions) {
    write(folder, named(definitions, '.py'));
    // What -O leaves out would not assert anything.
    const args = ['-B', '-O', '-W', 'error', '-c', IMPORT_ALL, ...Object.keys(definitions)];
    return complaintsOf(run('python3', args, { cwd: folder }));
  },
  values(folder, definitions, input) {
    write(folder, { 'zcrx.py': definitions });
    const env = { ...process.env, PYTHONPATH: folder };
    return outputOf(run('python3', ['-B', '-W', 'error', join(PROGRAMS, 'values.py')], { env, input }));
  },
};

export const COMPILERS: Readonly<Record<Language, Compiler>> = { c, rust, go, python };
