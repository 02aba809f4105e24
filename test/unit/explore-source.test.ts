import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../src/explore');
const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(ts|js)$/.test(name),
);

/** What makes elements, or programs, out of text. */
const FORBIDDEN =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|srcdoc|eval)\b|document\.write|new Function/;

test('text of the page never becomes elements or programs', () => {
  expect(sources.length).toBeGreaterThan(30);
  for (const name of sources) expect(readFileSync(join(FOLDER, name), 'utf8'), name).not.toMatch(FORBIDDEN);
  expect('made.innerHTML = text').toMatch(FORBIDDEN);
});
