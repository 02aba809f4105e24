import { spawn } from 'node:child_process';
import { OperationError } from '../errors.js';

/** What shows an address in the browser that a person prefers. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const OTHERWISE = ['xdg-open'] as const;

/** Milliseconds in which an opener that cannot do its work says so. One that is a browser itself goes on. */
const PATIENCE_MS = 3_000;

/** Has a browser show an address. @throws OperationError */
export async function openBrowser(url: string): Promise<void> {
  const [program, ...args] = OPENERS[process.platform] ?? OTHERWISE;
  // No shell in between, and nothing of this program's: it may end, and the browser goes on.
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.unref();
  const reason = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS, undefined);
    const end = (why?: string) => {
      clearTimeout(timer);
      resolve(why);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ENOENT' ? `there is no ${program}` : error.message),
    );
    child.once('exit', (status) => end(status === 0 ? undefined : `${program} failed`));
  });
  if (reason !== undefined)
    throw new OperationError(`no browser can be opened here: ${reason}; open the address yourself`);
}
