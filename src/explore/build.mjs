// Makes `dist/explore.html`: one page with everything in it. The program is bundled, packed and unpacked by the page itself,
// so that the page stays small; shell and style stand before it, so that they are painted without waiting for it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** Bytes that the page may have. */
const LIMIT = 150_000;

const FOLDER = 'src/explore';
const read = (name) => readFileSync(`${FOLDER}/${name}`, 'utf8');

const WASM = /generated\/zcrx-wasm\.js$/;

/** The module travels beside the program, not in it: as text in base64 it would not pack well. start.js has it ready. */
const apart = {
  name: 'wasm-apart',
  load: (id) => (WASM.test(id) ? 'export const ZCRX_WASM = globalThis.zcrxWasm;' : undefined),
};

async function bundled(input) {
  const bundle = await rolldown({ input, platform: 'browser', plugins: [apart] });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
  if (output.length !== 1 || output[0].imports.length > 0)
    throw new Error(`the page's program is not one piece: ${output.map(({ fileName }) => fileName)}`);
  return output[0].code;
}

/** Comments and white space that a browser does not need. */
const smaller = (css) =>
  css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{}:;,>]) ?/g, '$1')
    .replace(/;}/g, '}')
    .trim();

const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const style = readdirSync(`${FOLDER}/style`)
  .sort()
  .map((name) => smaller(read(`style/${name}`)))
  .join('');
const start = read('start.js')
  .replace(/^\/\/.*\n/gm, '')
  .trim();
const { ZCRX_WASM } = await import('../../dist/src/generated/zcrx-wasm.js');
const wasm = Buffer.from(ZCRX_WASM, 'base64');
const length = Buffer.alloc(4);
length.writeUInt32LE(wasm.length);
const parcel = Buffer.concat([length, wasm, Buffer.from(await bundled('dist/src/explore/page/main.js'))]);
const program = deflateRawSync(parcel, { level: 9 }).toString('base64');
const policy = [
  "default-src 'none'",
  `script-src ${digest(start)} blob: 'wasm-unsafe-eval'`,
  `style-src ${digest(style)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const parts = { POLICY: policy, STYLE: style, PROGRAM: program, START: start };
const page = read('shell.html').replace(
  /%([A-Z]+)%|\/\* ([A-Z]+) \*\//g,
  (_, text, code) => parts[text ?? code],
);
const size = Buffer.byteLength(page);
if (size > LIMIT) throw new Error(`dist/explore.html has ${size} bytes, more than ${LIMIT}`);
writeFileSync('dist/explore.html', page);
console.log(`dist/explore.html: ${size} bytes`);
