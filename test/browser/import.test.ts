import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findProgram } from '../../src/lab/command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><pre id="out">nothing</pre>
<script type="module">
import { decode, encode, planRegion, validate } from '/dist/src/index.js';
import { VerdictModel } from '/dist/src/verdict/index.js';
const bytes = encode('zcrx_notification_desc', { user_data: 2n ** 64n - 1n, type_mask: 'ZCRX_NOTIF_COPY' });
const decoded = decode('zcrx_notification_desc', bytes);
const said = {
  user_data: String(decoded.fields.user_data),
  names: decoded.names.type_mask,
  rq_entries: planRegion({ entries: 100 }).rq_entries,
  findings: validate('zcrx_event_desc', encode('zcrx_event_desc', { stats_offset: 8 })).map(({ code }) => code),
  verdict: new VerdictModel().judge({ call: 'zcrx_ctrl', kernel: '7.3', nr_args: 1 }).findings[0].message,
};
document.getElementById('out').textContent = JSON.stringify(said);
</script>`;

const TYPES: { readonly [extension: string]: string } = { '.js': 'text/javascript', '.html': 'text/html' };

/** The built library, imported by a real browser as it lies in `dist/`, without a bundler. */
test('works in Chromium, and fetches nothing but its modules', async () => {
  const fetched: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    fetched.push(path);
    const body = path === '/' ? PAGE : readFileSync(join(ROOT, path));
    response
      .writeHead(200, {
        'content-type': TYPES[path === '/' ? '.html' : extname(path)] ?? 'application/octet-stream',
      })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'zcrx-browser-'));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${profile}`,
    ];
    const { stdout } = await promisify(execFile)(findProgram('chromium') as string, [
      ...flags,
      '--virtual-time-budget=20000',
      '--dump-dom',
      url,
    ]);
    const said = /<pre id="out">(.*)<\/pre>/.exec(stdout)?.[1];
    expect(JSON.parse(said ?? '')).toEqual({
      user_data: '18446744073709551615',
      names: ['ZCRX_NOTIF_COPY'],
      rq_entries: 128,
      findings: ['conflict'],
      verdict: 'nr_args is 1, but must be 0 for IORING_REGISTER_ZCRX_CTRL',
    });
    expect(fetched.filter((path) => path !== '/' && extname(path) !== '.js')).toEqual([]);
  } finally {
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
