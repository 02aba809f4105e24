/** The live view on a real pseudo-terminal: what it draws, how it takes keys, and that it gives everything back. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Terminal } from './watch-view-terminal.js';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
const at = (name: string) => join(folder, name);

/** Watches two instances of which one starts to copy; its argument says how it ends, if not by a key. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { LiveScreen, abilitiesFor } from './dist/src/cli/watch/view/index.js';
const [end] = process.argv.slice(2);
const row = (name, pid, health) => ({ name, pid, ring: 7, zcrx_id: 0, how: 'mapped', history: [1, 2, 3], health: {
  state: 'zero-copy', since: 0n, time: 5_000_000_000n, reason: 'r', words: 'all is well', inferred: false, resets: 0,
  stalls: { count: 0, total: 0n, longest: 0n }, ...health } });
let n = 0;
const rows = () => {
  n++;
  const first = row('first\\x1b]0;x\\x07', 1, { received_bytes_per_second: n });
  return n < 3 ? [first] : [first, row('second', 2, { state: 'copying', words: 'copies since update ' + n })];
};
const screen = new LiveScreen({ input: process.stdin, output: process.stdout,
  abilities: abilitiesFor(true, process.env), onQuit: () => { clearInterval(timer); console.log('quit was asked for'); } });
const update = () => screen.update(rows(), { source: 'a test', time: new Date() });
screen.start();
update();
const timer = setInterval(update, 50);
if (end === 'listen') process.on('SIGTERM', () => { clearInterval(timer); console.log('SIGTERM was seen'); process.exitCode = 7; });
setTimeout(() => {
  writeFileSync('pid', String(process.pid));
  if (end === 'throw') throw new Error('thrown in the middle');
  if (end === 'reject') Promise.reject(new Error('rejected in the middle'));
  if (end === 'exit') process.exit(3);
  if (end === 'stop') { clearInterval(timer); screen.stop(); screen.stop(); console.log('stopped'); }
}, 300);
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zcrx-view-'));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  writeFileSync(at('program.js'), PROGRAM);
  writeFileSync(
    at('tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rootDir: root,
        outDir: at('dist'),
        declaration: false,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: [join(root, 'src/cli/watch/view/index.ts')],
      include: [],
    }),
  );
  symlinkSync(join(root, 'node_modules'), at('node_modules'));
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
}, 30_000);

let session: Session | undefined;
afterEach(() => session?.end());
afterAll(() => rmSync(folder, { recursive: true }));

/** A program in a terminal of its own, of 80 columns and 24 rows. */
class Session {
  private readonly child: ChildProcess;
  private output = '';
  readonly ended: Promise<unknown>;

  constructor(end = '', env: NodeJS.ProcessEnv = {}) {
    rmSync(at('pid'), { force: true });
    // The settings before and after; the shell outlives what is killed.
    const command = [
      'stty cols 80 rows 24; stty -a > before; echo earlier',
      // Or the shell would end with a program that SIGINT ended.
      'trap : INT',
      `set -m; ${process.execPath} program.js ${end}; status=$?`,
      // What was stopped by a key goes on when it is told to.
      'if [ $status -gt 145 ]; then stty -a > stopped; echo stopped; read line; fg > /dev/null; status=$?; fi',
      'echo "status $status"; stty -a > after',
    ].join('; ');
    this.child = spawn('script', ['-qfc', command, '/dev/null'], {
      cwd: folder,
      env: {
        ...process.env,
        SHELL: '/bin/sh',
        TERM: 'xterm',
        LANG: 'C.UTF-8',
        LC_ALL: '',
        NO_COLOR: '',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.output += text;
    });
    this.ended = once(this.child, 'close');
  }

  /** What the terminal shows after all output so far, or after what was said before `until`. */
  terminal(until = this.output.length): Terminal {
    const terminal = new Terminal(80, 24);
    terminal.write(this.output.slice(0, until).replaceAll('\r\n', '\n\r'));
    return terminal;
  }

  get pid(): number {
    return Number(readFileSync(at('pid'), 'utf8'));
  }

  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** Waits for something to be seen in a whole picture. */
  seen(what: RegExp): Promise<string[]> {
    return this.shows(what, () => Math.max(0, this.output.lastIndexOf('\x1b[?2026l')));
  }

  /** Waits for something to be seen. */
  async shows(what: RegExp, until = () => this.output.length): Promise<string[]> {
    for (let tries = 0; tries < 400; tries++) {
      const text = this.terminal(until()).text();
      if (what.test(text.join('\n'))) return text;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`${what} was not seen in\n${this.terminal().text().join('\n')}`);
  }

  async started(): Promise<void> {
    await this.seen(/second/);
    while (!existsSync(at('pid'))) await new Promise((done) => setTimeout(done, 20));
  }

  /** Once it has ended: what is seen then. The cursor, the first screen and the settings are as they were. */
  async restored(): Promise<string[]> {
    await this.ended;
    const terminal = this.terminal();
    expect(terminal.hasCursor).toBe(true);
    expect(terminal.isFirst).toBe(true);
    expect(readFileSync(at('after'), 'utf8')).toBe(readFileSync(at('before'), 'utf8'));
    const text = terminal.text();
    expect(text[0]).toBe('earlier');
    return text;
  }

  end(): void {
    this.child.kill();
  }
}

describe.skipIf(platform() !== 'linux')('the live view on a terminal', { timeout: 30_000 }, () => {
  it('draws, takes keys, and gives the terminal back when it is quit', async () => {
    session = new Session();
    await session.started();
    expect(session.terminal().hasCursor).toBe(false);
    const text = await session.seen(/copies since update/);
    expect(text[0]).toMatch(/^zcrx watch: a test +\d\d:\d\d:\d\d$/);
    expect(text[1]).toBe('2 instances: 1 copying, 1 zero-copy');
    expect(text[4]).toMatch(/^>second\(2\):7\/0 +copying +5s /);
    expect(text[5]).toMatch(/^ first\?]0;x\?\(1\):7\/0 +zero-copy +5s .* ▃▆█$/);
    expect(text[22]).toMatch(/^q quit {2}\? help/);
    expect(text[23]).toBe('');

    session.press('\x1b[B');
    expect((await session.seen(/^>first/m))[19]).toBe('first?]0;x?(1):7/0 zero-copy for 5s: all is well');
    session.press('?');
    await session.seen(/any key: back/);
    session.press(' 1p');
    const paused = await session.seen(/PAUSED at/);
    await new Promise((done) => setTimeout(done, 200));
    expect(session.terminal().text()).toEqual(paused);
    session.press('q');
    expect((await session.restored()).slice(1, 3)).toEqual(['quit was asked for', 'status 0']);
  });

  it('ends with Ctrl-C as a key', async () => {
    session = new Session();
    await session.started();
    session.press('\x03');
    expect((await session.restored()).slice(1, 3)).toEqual(['quit was asked for', 'status 0']);
  });

  it('draws anew when the size changes', async () => {
    session = new Session();
    await session.started();
    const tty = execFileSync('readlink', [`/proc/${session.pid}/fd/0`], { encoding: 'utf8' }).trim();
    execFileSync('stty', ['-F', tty, 'cols', '50', 'rows', '12']);
    // In a terminal that stayed as it was, the smaller picture stands at the top.
    const text = await session.seen(/COPIED\/s\n/);
    expect(text[0]).toMatch(/^zcrx watch: a test {23}\d/);
    expect(text.findLastIndex((line) => line !== '')).toBe(10);
    execFileSync('stty', ['-F', tty, 'cols', '80', 'rows', '24']);
    await session.seen(/HISTORY/);
    session.press('q');
    await session.restored();
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('gives the terminal back at %s, which ends it as it would have', async (signal, status) => {
    session = new Session();
    await session.started();
    process.kill(session.pid, signal);
    expect((await session.restored()).join('\n')).toContain(`status ${status}`);
  });

  it('leaves a signal to who listens to it', async () => {
    session = new Session('listen');
    await session.started();
    process.kill(session.pid, 'SIGTERM');
    expect((await session.restored()).slice(1, 3)).toEqual(['SIGTERM was seen', 'status 7']);
  });

  it.each([
    ['throw', 'Error: thrown in the middle', 1],
    ['reject', 'Error: rejected in the middle', 1],
    ['exit', '', 3],
    ['stop', 'stopped', 0],
  ] as const)(
    'gives the terminal back at %s, and what is printed then is seen',
    async (end, message, status) => {
      session = new Session(end);
      const text = (await session.restored()).join('\n');
      expect(text).toContain(message);
      expect(text).toContain(`status ${status}`);
    },
  );

  it('gives the terminal back while it is stopped with Ctrl-Z, and takes it again', async () => {
    session = new Session();
    await session.started();
    session.press('\x1a');
    await session.shows(/^earlier\n(.*\n)?stopped$/m);
    expect(session.terminal().hasCursor).toBe(true);
    expect(readFileSync(at('stopped'), 'utf8')).toBe(readFileSync(at('before'), 'utf8'));
    session.press('\n');
    await session.shows(/second/);
    expect(session.terminal().hasCursor).toBe(false);
    session.press('?');
    await session.shows(/any key: back/);
    session.press('q');
    await session.restored();
  });

  it('takes the terminal again after it was stopped by somebody else', async () => {
    session = new Session();
    await session.started();
    const tty = execFileSync('readlink', [`/proc/${session.pid}/fd/0`], { encoding: 'utf8' }).trim();
    execFileSync('stty', ['-F', tty, 'sane']);
    process.kill(session.pid, 'SIGCONT');
    session.press('?');
    await session.seen(/any key: back/);
    session.press('q');
    await session.restored();
  });

  it('shows words alone, in ASCII, where that is all there is', async () => {
    session = new Session('', { LANG: 'C', NO_COLOR: '1' });
    await session.started();
    const text = await session.seen(/second/);
    expect(text[5]).toMatch(/ :\+#$/);
    expect(text.join('')).toMatch(/^[ -~]*$/);
    session.press('q');
    await session.restored();
  });
});
