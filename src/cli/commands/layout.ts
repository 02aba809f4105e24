import { type Command, Option } from 'commander';
import type { AbiRevision } from '../../layout/revision.js';
import { allDefinitions, definitionsOf } from '../layout/definitions.js';
import { fieldTable } from '../layout/fields.js';
import { layoutDocument, wholeDescription } from '../layout/json.js';
import { isLanguage, LANGUAGE_NAMES, LANGUAGES, type Language } from '../layout/languages.js';
import { overview } from '../layout/overview.js';
import { jsonOption, revisionOption } from '../options.js';
import { revisionText, structsCalled } from '../structs.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly format: 'text' | 'json' | Language;
  readonly json?: boolean;
  readonly revision?: AbiRevision;
}

const HELP = `
Definitions assert their own sizes, alignments and offsets where they are compiled (in Python: imported). Without a name
they are all structs, names of values and constants of the revision. They need C11 or C++11, Rust 1.77, Python 3.9.

Examples:
  zcrx layout                                   all structs
  zcrx layout zcrx_event_desc                   its fields, and the flags that they take
  zcrx layout zcrx_notification_desc            the same under its first name, in revision v1
  zcrx layout zcrx_ctrl --revision v1           a struct as another revision has it
  zcrx layout --format c > zcrx-abi.h           a header with everything
  zcrx layout --format rust > zcrx.rs           the same as a module of Rust
  zcrx layout zcrx_ctrl --format go             a struct, those nested in it, and the names of its values
  zcrx layout zcrx_stats --format python        for ctypes
  zcrx layout zcrx_stats --json | jq '.structs[0].fields[].name'
`;

const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function allLayouts(options: Options, terminal: Terminal): string {
  const { revision = 'event' } = options;
  if (options.json || options.format === 'json') return asJson(wholeDescription());
  if (isLanguage(options.format)) return LANGUAGES[options.format](allDefinitions(revision));
  return overview(revision, options.revision !== undefined, terminal.paint);
}

function oneLayout(name: string, options: Options, { paint }: Terminal): string {
  const { structs, revision, possible } = structsCalled(name, options.revision);
  if (options.json || options.format === 'json') return asJson(layoutDocument(name, structs, revision));
  if (isLanguage(options.format)) return LANGUAGES[options.format](definitionsOf(structs, revision, name));
  const stated = revisionText(revision, possible, options.revision !== undefined);
  return structs
    .map((struct) => {
      const size = `${struct.size} bytes, aligned to ${struct.align}`;
      return `${paint('bold', `struct ${name}`)}, ${size}, ${stated}\n${fieldTable(struct, name, revision, paint)}`;
    })
    .join('\n');
}

/** Adds `zcrx layout`. */
export function addLayout(program: Command, terminal: Terminal): void {
  program
    .command('layout')
    .description('layouts of the structs as tables, as JSON, or as definitions in C, Rust, Go or Python')
    .argument('[name]', 'a struct, under any name that it has or had; default: a table of all')
    .addOption(
      new Option('-f, --format <kind>', 'how to print')
        .choices(['text', 'json', ...LANGUAGE_NAMES])
        .default('text'),
    )
    .addOption(jsonOption().conflicts('format'))
    .addOption(revisionOption())
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: Options) => {
      terminal.write(name === undefined ? allLayouts(options, terminal) : oneLayout(name, options, terminal));
    });
}
