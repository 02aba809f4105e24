import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OperationError, quote } from '../errors.js';
import { reasonOf } from '../input.js';

/** The explorer's page: a file of the package. */
export interface ExplorerPage {
  readonly path: string;
  readonly html: string;
  /** What it lets the browser do, as it says itself. */
  readonly policy: string;
}

/** In the folder of what is compiled; or where this is a source, in `dist`. */
const PLACES = ['../../../explore.html', '../../../dist/explore.html'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/;

/** Reads the page. @throws OperationError */
export function explorerPage(places: readonly string[] = PLACES): ExplorerPage {
  let reason: unknown;
  for (const path of places) {
    try {
      const html = readFileSync(path, 'utf8');
      const policy = POLICY.exec(html)?.[1];
      if (policy === undefined) throw new OperationError(`${quote(path)} is not the explorer's page`);
      return { path, html, policy };
    } catch (error) {
      if (error instanceof OperationError) throw error;
      reason ??= error;
    }
  }
  throw new OperationError(
    `the explorer's page cannot be read: ${quote(places[0] ?? '')}: ${reasonOf(reason)}; in a checkout npm run build makes it`,
  );
}
