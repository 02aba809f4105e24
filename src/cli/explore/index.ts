import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AbiRevision } from '../../layout/revision.js';
import { serveSite } from '../../web/server.js';
import { errorLine, UsageError } from '../errors.js';
import { openOutput } from '../output.js';
import { stopSignal } from '../stop.js';
import type { Terminal } from '../terminal.js';
import { openBrowser } from './browser.js';
import { fragmentFor } from './fragment.js';
import { type ExplorerPage, explorerPage } from './page.js';

export interface ExploreOptions {
  readonly output?: string;
  /** A port, or true for any that is free. */
  readonly serve?: number | true;
  readonly host?: string;
  readonly open?: boolean;
  readonly json?: boolean;
  readonly check?: string;
  readonly kernel?: string;
  readonly revision?: AbiRevision;
  readonly mixed?: boolean;
  readonly raw?: boolean;
}

/** Where the page is to be had, as it is printed. */
interface Place {
  readonly url: string;
  readonly file?: string;
  readonly host?: string;
  readonly port?: number;
  /** Bytes of the page. */
  readonly bytes: number;
}

/** @throws UsageError */
function checkOptions(name: string | undefined, options: ExploreOptions): void {
  const { output, serve, host, json, open, check, kernel } = options;
  if (output !== undefined && (serve !== undefined || host !== undefined))
    throw new UsageError(
      `the page is either written or served, expected --output or --${serve !== undefined ? 'serve' : 'host'}`,
    );
  const shown = check !== undefined ? '--check' : name !== undefined ? 'struct' : undefined;
  const beside = json ? '--json' : open ? '--open' : shown;
  if (output === '-' && beside)
    throw new UsageError(
      `--output - takes standard output and has no address, expected no ${beside} beside it`,
    );
  const ofStruct = (['revision', 'mixed', 'raw'] as const).find((each) => options[each] !== undefined);
  if (name === undefined && ofStruct)
    throw new UsageError(`--${ofStruct} is for a struct, expected its name`);
  if (name !== undefined && check !== undefined)
    throw new UsageError('the page shows a struct or a call, expected no struct beside --check');
  if (check === undefined && kernel !== undefined) throw new UsageError('--kernel is for --check');
}

/** What the page is to show, as its address says it; empty for nothing in particular. */
async function fragment(
  name: string | undefined,
  hex: readonly string[],
  options: ExploreOptions,
  terminal: Terminal,
): Promise<string> {
  if (name !== undefined) return fragmentFor(name, hex, options, terminal);
  if (options.check === undefined) return '';
  const { callFragment } = await import('./call.js');
  return callFragment(options.check, options.kernel, terminal);
}

function tell(place: Place, { json }: ExploreOptions, terminal: Terminal): void {
  terminal.write(json ? `${JSON.stringify(place)}\n` : `${place.url}\n`);
}

/** Serves the page until Ctrl-C. @throws ListenError */
async function serve(
  { html, policy }: ExplorerPage,
  shown: string,
  options: ExploreOptions,
  terminal: Terminal,
): Promise<void> {
  const body = Buffer.from(html);
  const type = 'text/html; charset=utf-8';
  const answer = { status: 200, type, body, policy: `${policy}; frame-ancestors 'none'` };
  const stop = stopSignal();
  try {
    const server = await serveSite(
      {
        what: 'the explorer',
        pages: new Map([['/', () => answer]]),
        notFound: 'not found: the explorer is at /',
        failed: 'the explorer cannot be shown',
      },
      { host: options.host, port: typeof options.serve === 'number' ? options.serve : 0 },
    );
    const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
    const { host, port, origin } = server;
    const url = `${origin}/${shown}`;
    tell({ url, host, port, bytes: body.length }, options, terminal);
    if (terminal.isTerminal) terminal.complain('Ctrl-C ends it.\n');
    // Without a browser here there may be one elsewhere: it is served all the same.
    if (options.open) await openBrowser(url).catch((error) => terminal.complain(`${errorLine(error)}\n`));
    if (!stop.signal.aborted) await stopped;
    await server.close();
  } finally {
    stop.release();
  }
}

/** `zcrx explore`. @throws UsageError, OperationError, ListenError, LayoutError, EvidenceError */
export async function explore(
  name: string | undefined,
  hex: readonly string[],
  options: ExploreOptions,
  terminal: Terminal,
): Promise<void> {
  checkOptions(name, options);
  const shown = await fragment(name, hex, options, terminal);
  const page = explorerPage();
  const { output } = options;
  if (output === undefined) return serve(page, shown, options, terminal);
  await (await openOutput(output, [], terminal)).write(page.html);
  if (output === '-') return;
  const file = resolve(output);
  const url = pathToFileURL(file).href + shown;
  tell({ url, file, bytes: Buffer.byteLength(page.html) }, options, terminal);
  if (options.open) await openBrowser(url);
}
