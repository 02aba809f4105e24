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
  readonly serve?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly open?: boolean;
  readonly json?: boolean;
  readonly revision?: AbiRevision;
  readonly mixed?: boolean;
}

/** Where the page is to be had, as it is printed. */
interface Place {
  readonly url: string;
  readonly file?: string;
  readonly host?: string;
  readonly port?: number;
}

const isServed = ({ serve, port, host }: ExploreOptions) =>
  serve === true || port !== undefined || host !== undefined;

/** @throws UsageError */
function checkOptions(name: string | undefined, options: ExploreOptions): void {
  const { output, json, open, revision, mixed } = options;
  if (output !== undefined && isServed(options))
    throw new UsageError('the page is either written or served, expected --output or --serve');
  if (output === '-' && (json || open || name !== undefined)) {
    const what = json ? '--json' : open ? '--open' : 'struct';
    throw new UsageError(
      `--output - takes standard output and has no address, expected no ${what} beside it`,
    );
  }
  if (name === undefined && (revision !== undefined || mixed))
    throw new UsageError(`--${mixed ? 'mixed' : 'revision'} is for a struct, expected its name`);
}

function tell(place: Place, { json }: ExploreOptions, terminal: Terminal): void {
  terminal.write(json ? `${JSON.stringify(place)}\n` : `${place.url}\n`);
}

/** Serves the page until Ctrl-C. @throws ListenError */
async function serve(
  { html, policy }: ExplorerPage,
  fragment: string,
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
      { host: options.host, port: options.port ?? 0 },
    );
    const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
    const { host, port, origin } = server;
    const url = `${origin}/${fragment}`;
    tell({ url, host, port }, options, terminal);
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
  const fragment = name === undefined ? '' : await fragmentFor(name, hex, options, terminal);
  const page = explorerPage();
  if (isServed(options)) return serve(page, fragment, options, terminal);
  const { output } = options;
  if (output !== undefined) await (await openOutput(output, [], terminal)).write(page.html);
  if (output === '-') return;
  const file = output === undefined ? page.path : resolve(output);
  const url = pathToFileURL(file).href + fragment;
  tell({ url, file }, options, terminal);
  if (options.open) await openBrowser(url);
}
