// Programs in the documentation are files that run: `<!-- file: PATH -->` stands before each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const LANGUAGES: Readonly<Record<string, string>> = {
  mjs: 'js',
  go: 'go',
  c: 'c',
  py: 'python',
  rs: 'rust',
  html: 'html',
};

/** A marker, and the block behind it if there is one. */
const INCLUDED = /^<!-- file: (\S+) -->\n(?:\n?```\w*\n.*?^```\n)?/gms;

/** The text with each block as its file is now. */
function withFiles(text: string): string {
  return text.replace(INCLUDED, (_, path: string) => {
    const language = LANGUAGES[path.split('.').at(-1) as string] ?? '';
    const content = readFileSync(join(root, path), 'utf8').trimEnd();
    return `<!-- file: ${path} -->\n\`\`\`${language}\n${content}\n\`\`\`\n`;
  });
}

const documents = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .concat('README.md', 'conformance/README.md');

// `npx vitest run --project unit test/unit/docs-files.test.ts --update` writes the blocks anew.
test.each(documents)('%s shows files as they are', async (name) => {
  const path = join(root, name);
  await expect(withFiles(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
});

test('links between documents lead to files that exist', () => {
  for (const name of documents) {
    const text = readFileSync(join(root, name), 'utf8').replace(/```.*?```/gs, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      expect(existsSync(resolve(root, name, '..', target)), `${name}: ${target}`).toBe(true);
    }
  }
});
