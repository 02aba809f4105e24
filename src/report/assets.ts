/** What a page is made of besides the report, from the files of the package. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { PageAssets } from './page.js';

const require = createRequire(import.meta.url);

/** The parts of the page's script, each after those that it uses. */
const PARTS = [
  '../units',
  'page/labels',
  'page/colors',
  'page/zoom',
  'page/chart',
  'page/rate-chart',
  'page/lanes',
  'page/main',
];

/** The compiled files of this folder: beside this one, or where this is a source, in `dist`. */
const COMPILED = [new URL('./', import.meta.url), new URL('../../dist/src/report/', import.meta.url)];

function compiled(part: string): string {
  const found = COMPILED.map((folder) => new URL(`${part}.js`, folder)).find((file) => existsSync(file));
  if (!found) throw new Error(`${part}.js is missing: the package is not built`);
  return readFileSync(found, 'utf8');
}

const IMPORT = /^import\b[^;]*;$/gm;
const EXPORT = /^export (?=(?:async )?(?:const|let|function|class)\b)/gm;
const NO_EXPORTS = /^export \{\};$/gm;

/**
 * One module of several, without a bundler: all names live side by side, which the parts are written for (a name given
 * twice is an error that the browser's tests show). The compiler writes each import and export at the start of a line.
 */
function joined(parts: readonly string[]): string {
  return parts
    .map((part) => part.replace(IMPORT, '').replace(EXPORT, '').replace(NO_EXPORTS, ''))
    .join('\n')
    .replaceAll('</script', '<\\/script');
}

function dependency(path: string): string {
  return readFileSync(require.resolve(path), 'utf8');
}

/** @throws Error if the package is not built, or its dependency uPlot is not installed */
export function pageAssets(): PageAssets {
  return {
    uPlot: dependency('uplot/dist/uPlot.iife.min.js'),
    uPlotStyle: dependency('uplot/dist/uPlot.min.css'),
    script: joined(PARTS.map(compiled)),
    digest: (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`,
  };
}
