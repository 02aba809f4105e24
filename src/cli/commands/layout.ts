import { type Command, Option } from 'commander';
import { layouts } from '../../layout/description.js';
import type { AbiRevision } from '../../layout/revision.js';
import { cDefinitions } from '../layout/c.js';
import { fieldTable } from '../layout/fields.js';
import { layoutDocument, wholeDescription } from '../layout/json.js';
import { overview } from '../layout/overview.js';
import { jsonOption, revisionOption } from '../options.js';
import { revisionText, structsCalled } from '../structs.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly format: 'text' | 'json' | 'c';
  readonly json?: boolean;
  readonly revision?: AbiRevision;
}

const EXAMPLES = `
Examples:
  zcrx layout                                   all structs
  zcrx layout zcrx_event_desc                   its fields, and the flags that they take
  zcrx layout zcrx_notification_desc            the same under its first name, in revision v1
  zcrx layout zcrx_ctrl --revision v1           a struct as another revision has it
  zcrx layout --format c > zcrx-abi.h           a header with everything
  zcrx layout zcrx_stats --json | jq '.structs[0].fields[].name'
`;

const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function allLayouts(options: Options, terminal: Terminal): string {
  const { revision = 'event' } = options;
  if (options.json || options.format === 'json') return asJson(wholeDescription());
  if (options.format === 'text') return overview(revision, options.revision !== undefined, terminal.paint);
  return cDefinitions(
    layouts.structs.filter((struct) => struct.names[revision].length > 0),
    revision,
  );
}

function oneLayout(name: string, options: Options, { paint }: Terminal): string {
  const { structs, revision, possible } = structsCalled(name, options.revision);
  if (options.json || options.format === 'json') return asJson(layoutDocument(name, structs, revision));
  if (options.format === 'c') return cDefinitions(structs, revision, name);
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
    .description('layouts of the structs as tables, JSON or C')
    .argument('[name]', 'a struct, under any name that it has or had; default: a table of all')
    .addOption(
      new Option('-f, --format <kind>', 'how to print').choices(['text', 'json', 'c']).default('text'),
    )
    .addOption(jsonOption().conflicts('format'))
    .addOption(revisionOption())
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, options: Options) => {
      terminal.write(name === undefined ? allLayouts(options, terminal) : oneLayout(name, options, terminal));
    });
}
