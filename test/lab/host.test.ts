import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cacheDirectory, publishFolder, withScratch } from '../../src/lab/cache.js';
import { productionClosure } from '../../src/lab/closure.js';
import { cleanConsole } from '../../src/lab/console.js';
import { entriesOf, readArchive, writeArchive } from '../../src/lab/cpio.js';
import { compareDebianVersions, compareSeries } from '../../src/lab/debian-version.js';
import { quote } from '../../src/lab/guest-init.js';
import {
  type ArchitectureName,
  exitStatus,
  installCommand,
  isLabError,
  kernelComplaints,
  missingPrerequisites,
  parseKernelSelector,
} from '../../src/lab/index.js';
import { debianMirror, parseDeb822Sources, parseSourcesList } from '../../src/lab/mirror.js';
import { MarkedStream } from '../../src/lab/sentinel.js';

const folders: string[] = [];
function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zcrx-test-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the machine’s apt sources', () => {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const DEB822 = `# a comment
Types: deb deb-src
# another
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: ${keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${keyring}

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main
`;

  test('are read in the deb822 format', () => {
    expect(parseDeb822Sources(DEB822)).toEqual([
      {
        uri: 'http://mirror.example/debian',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main', 'contrib'],
        signedBy: keyring,
      },
      {
        uri: 'http://mirror.example/debian-security',
        suites: ['bookworm-security'],
        components: ['main'],
        signedBy: keyring,
      },
    ]);
  });

  test('are read in the one-line format', () => {
    const text = `# deb http://off.example/debian bookworm main
deb http://a.example/debian/ bookworm main contrib # why
deb-src http://a.example/debian bookworm main
  deb [arch=amd64 signed-by=/k.gpg] https://b.example/x stable main
deb
`;
    expect(parseSourcesList(text)).toEqual([
      {
        uri: 'http://a.example/debian/',
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        signedBy: undefined,
      },
      { uri: 'https://b.example/x', suites: ['stable'], components: ['main'], signedBy: '/k.gpg' },
    ]);
  });

  test.for<[string, string, string | undefined]>([
    ['security is not the archive', DEB822, 'http://mirror.example/debian'],
    [
      'others imitate its layout',
      'Types: deb\nURIs: https://node.example/node_20.x\nSuites: bookworm\nComponents: main\n\n' +
        'Types: deb\nURIs: https://other.example/linux/debian\nSuites: bookworm\nComponents: stable\n\n' +
        'Types: deb\nURIs: https://d.example/debian\nSuites: bookworm\nComponents: main\n',
      'https://d.example/debian',
    ],
    [
      'the keyring decides',
      'Types: deb\nURIs: https://x.example/debian\nSuites: bookworm\nComponents: main\n\n' +
        `Types: deb\nURIs: https://y.example/a\nSuites: stable\nComponents: main\nSigned-By: ${keyring}\n`,
      'https://y.example/a',
    ],
    [
      'a list of mirrors',
      'Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n',
      'mirror+file:/etc/apt/mirrors/debian.list',
    ],
    [
      'a derivative',
      'Types: deb\nURIs: http://u.example/ubuntu/\nSuites: noble\nComponents: main\n',
      undefined,
    ],
  ])('name the Debian archive: %s', ([, text, expected]) => {
    expect(debianMirror(parseDeb822Sources(text), 'bookworm')).toBe(expected);
  });
});

describe('versions', () => {
  const ordered = [
    ['7.3~rc7-1~exp1', '7.3.4-1~bpo13+1'],
    ['7.2.9-1~bpo13+1', '7.2.12-1~bpo13+1'],
    ['7.2.12-1~bpo13+1', '7.2.12-1'],
    ['7.2.12-1', '7.2.13-1'],
    ['1.0', '1:0.1'],
    ['1.0~~', '1.0~'],
    ['1.0~', '1.0'],
    ['1.0', '1.0a'],
    ['1.0a', '1.0+'],
    ['1.0-1', '1.0-1.1'],
    ['1.009', '1.10'],
  ] as const;
  test.for(ordered)('%s is before %s', ([a, b]) => {
    expect(compareDebianVersions(a, b)).toBeLessThan(0);
    expect(compareDebianVersions(b, a)).toBeGreaterThan(0);
    expect(compareDebianVersions(a, a)).toBe(0);
    // dpkg is the judge of these rows, where it is at hand.
    if (existsSync('/usr/bin/dpkg')) execFileSync('/usr/bin/dpkg', ['--compare-versions', a, 'lt', b]);
  });

  test('of series go by number', () => {
    expect(['6.9', '7.0', '6.18', '5.10'].sort(compareSeries)).toEqual(['5.10', '6.9', '6.18', '7.0']);
  });

  test('of kernels are selected by series, or by being older', () => {
    expect(parseKernelSelector('7.3')).toEqual({ series: '7.3' });
    expect(parseKernelSelector('<6.18')).toEqual({ olderThan: '6.18' });
    for (const text of ['', '7', '7.3.4', '>7.3', 'latest', ' 7.3']) {
      expect(() => parseKernelSelector(text), text).toThrow(JSON.stringify(text));
    }
  });
});

describe('an archive', () => {
  async function archive(...args: Parameters<typeof writeArchive>): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of writeArchive(...args)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  test('is what cpio(1) understands', async () => {
    const source = scratchFolder();
    mkdirSync(join(source, 'sub'));
    writeFileSync(join(source, 'sub', 'run'), '#!/bin/sh\n');
    chmodSync(join(source, 'sub', 'run'), 0o755);
    symlinkSync('sub/run', join(source, 'link'));
    const bytes = await archive([
      ...(await entriesOf(source, '/opt/it')),
      { kind: 'file', path: '/etc/a b', data: 'x'.repeat(5) },
      { kind: 'folder', path: '/tmp', mode: 0o1777 },
    ]);
    const listed = execFileSync('busybox', ['cpio', '-tv'], {
      input: bytes,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const rows = listed
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s+\d{4}-\d\d-\d\d \S+|\s+[A-Z][a-z]{2} .*? \d{4}(?= )/, '').split(/\s+/));
    expect(rows.map((row) => [row[0], row[1], row.at(-1)])).toEqual([
      ['drwxr-xr-x', '0/0', 'opt'],
      ['drwxr-xr-x', '0/0', 'opt/it'],
      ['lrwxrwxrwx', '0/0', 'sub/run'],
      ['drwxr-xr-x', '0/0', 'opt/it/sub'],
      ['-rwxr-xr-x', '0/0', 'opt/it/sub/run'],
      ['drwxr-xr-x', '0/0', 'etc'],
      ['-rw-r--r--', '0/0', 'b'],
      ['drwxrwxrwt', '0/0', 'tmp'],
    ]);
  });

  test('gives its files back', async () => {
    const data = Buffer.from(Array.from({ length: 1027 }, (_, i) => i & 0xff));
    const bytes = await archive([
      { kind: 'file', path: '/a/é ✓', data },
      { kind: 'file', path: '/empty', data: '' },
      { kind: 'link', path: '/l', target: '/a' },
    ]);
    expect([...readArchive(bytes)]).toEqual([
      ['/a/é ✓', data],
      ['/empty', Buffer.alloc(0)],
    ]);
    expect(readArchive(Buffer.alloc(0)).size).toBe(0);
  });

  test('that is cut short or no archive is refused', async () => {
    const bytes = await archive([{ kind: 'file', path: '/a', data: 'x'.repeat(1000) }]);
    expect(() => readArchive(bytes.subarray(0, 400))).toThrow('cut short');
    expect(() => readArchive(Buffer.alloc(200, 'x'))).toThrow('offset 0');
  });
});

describe('a stream that ends with a mark', () => {
  const mark = Buffer.from('0a0b0a0c');
  test.for([
    ['', ''],
    ['data', 'data'],
    ['0a0b', '0a0b'],
    ['0a0b0a', '0a0b0a'],
    ['00a0b0a0', '00a0b0a0'],
    ['x0a0b0a0b', 'x0a0b0a0b'],
  ])('%s gives everything before it, however it is cut', ([data, expected]) => {
    const whole = Buffer.concat([Buffer.from(data!), mark, Buffer.from('behind')]);
    for (let step = 1; step <= whole.length; step++) {
      const heard: Buffer[] = [];
      const stream = new MarkedStream(mark, (chunk) => heard.push(Buffer.from(chunk)));
      for (let at = 0; at < whole.length; at += step) stream.push(whole.subarray(at, at + step));
      expect(Buffer.concat(heard).toString(), `in steps of ${step}`).toBe(expected);
      expect(stream.complete).toBe(true);
    }
  });

  test('keeps nothing back that cannot belong to the mark, and nothing when it breaks off', () => {
    const heard: string[] = [];
    const stream = new MarkedStream(mark, (chunk) => heard.push(chunk.toString()));
    stream.push(Buffer.from('live'));
    expect(heard).toEqual(['live']);
    stream.push(Buffer.from('!0a0'));
    expect(heard).toEqual(['live', '!']);
    stream.flush();
    expect(heard).toEqual(['live', '!', '0a0']);
    expect(stream.complete).toBe(false);
  });
});

describe('the production closure', () => {
  function tree(files: Record<string, object>): string {
    const root = scratchFolder();
    for (const [path, manifest] of Object.entries(files)) {
      mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, path, 'package.json'), JSON.stringify(manifest));
    }
    return root;
  }
  const places = (root: string): [string, string][] =>
    productionClosure(root).map(({ path, source }) => [path, source]);

  test('of a checkout leaves development dependencies out', () => {
    const root = tree({
      '': {
        name: 'zcrx',
        dependencies: { a: '1' },
        devDependencies: { d: '1' },
        optionalDependencies: { no: '1' },
      },
      'node_modules/a': { name: 'a', optionalDependencies: { '@s/b': '1', '@s/other-platform': '1' } },
      'node_modules/@s/b': { name: '@s/b' },
      'node_modules/d': { name: 'd' },
    });
    expect(places(root).map(([path]) => path)).toEqual([
      '/node_modules/zcrx',
      '/node_modules/a',
      '/node_modules/@s/b',
    ]);
  });

  test('of an installed package finds what lies beside it', () => {
    const root = tree({
      'node_modules/zcrx': { name: 'zcrx', dependencies: { a: '1' } },
      'node_modules/a': { name: 'a', dependencies: { zcrx: '1' } },
    });
    expect(places(join(root, 'node_modules/zcrx'))).toEqual([
      ['/node_modules/zcrx', join(root, 'node_modules/zcrx')],
      ['/node_modules/a', join(root, 'node_modules/a')],
    ]);
  });

  test('keeps two versions of one package apart', () => {
    const root = tree({
      '': { name: 'zcrx', dependencies: { a: '1', c: '2' } },
      'node_modules/a': { name: 'a', dependencies: { b: '1', c: '1' } },
      'node_modules/a/node_modules/c': { name: 'c', version: '1' },
      'node_modules/b': { name: 'b', dependencies: { c: '2' } },
      'node_modules/c': { name: 'c', version: '2' },
    });
    expect(places(root)).toEqual([
      ['/node_modules/zcrx', root],
      ['/node_modules/a', join(root, 'node_modules/a')],
      ['/node_modules/c', join(root, 'node_modules/c')],
      ['/node_modules/b', join(root, 'node_modules/b')],
      ['/node_modules/a/node_modules/c', join(root, 'node_modules/a/node_modules/c')],
    ]);
  });

  test('follows the links of a store', () => {
    const root = tree({
      'app/zcrx': { name: 'zcrx', dependencies: { a: '1' } },
      'store/a/node_modules/a': { name: 'a', dependencies: { b: '1' } },
      'store/b/node_modules/b': { name: 'b' },
    });
    const link = (target: string, path: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(join(root, target), join(root, path));
    };
    link('store/a/node_modules/a', 'app/zcrx/node_modules/a');
    link('store/b/node_modules/b', 'store/a/node_modules/b');
    expect(places(join(root, 'app/zcrx')).slice(1)).toEqual([
      ['/node_modules/a', join(root, 'store/a/node_modules/a')],
      ['/node_modules/b', join(root, 'store/b/node_modules/b')],
    ]);
  });

  test('names a dependency that is not installed', () => {
    const root = tree({ '': { name: 'zcrx', dependencies: { gone: '1' } } });
    expect(() => productionClosure(root)).toThrow('zcrx needs gone');
  });
});

describe('the cache', () => {
  test('lies where the environment says', () => {
    expect(cacheDirectory({ ZCRX_CACHE: '/z', XDG_CACHE_HOME: '/x' })).toBe('/z');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/x' })).toBe('/x/zcrx');
    expect(cacheDirectory({})).toMatch(/\/\.cache\/zcrx$/);
  });

  test('shows a folder complete or not at all, and leaves no scratch behind', async () => {
    const before = process.env.ZCRX_CACHE;
    const cache = scratchFolder();
    process.env.ZCRX_CACHE = cache;
    try {
      const target = join(cache, 'things', 'one');
      const failing = publishFolder(target, async (folder) => {
        writeFileSync(join(folder, 'half'), '');
        throw new Error('interrupted');
      });
      await expect(failing).rejects.toThrow('interrupted');
      expect(existsSync(target)).toBe(false);
      await Promise.all(
        ['first', 'second'].map((text) =>
          publishFolder(target, async (folder) => {
            writeFileSync(join(folder, text), '');
            await new Promise((resolve) => setTimeout(resolve, 20));
          }),
        ),
      );
      expect(existsSync(join(target, 'first')) !== existsSync(join(target, 'second'))).toBe(true);
      await withScratch(async (folder) => expect(existsSync(folder)).toBe(true));
      expect(execFileSync('find', [join(cache, 'tmp'), '-mindepth', '1']).toString()).toBe('');
    } finally {
      if (before === undefined) delete process.env.ZCRX_CACHE;
      else process.env.ZCRX_CACHE = before;
    }
  });
});

test('a quoted word is what the shell hands on', () => {
  for (const word of ['', "'", "''a'", 'a b', '$x `y` \\ " \n', '-n', '*', 'é']) {
    expect(execFileSync('sh', ['-c', `printf %s ${quote(word)}`]).toString()).toBe(word);
  }
  expect(() => quote('a\0b')).toThrow('NUL');
});

test('a console is text, and the kernel’s complaints stand out', () => {
  const text = cleanConsole(
    Buffer.from(
      '\x1bc\x1b[?7l\x1b[2J\x1b[0mBIOS\r\n[    1.0] fine\r\n[ 2.0] WARNING: CPU: 0 PID: 1 at x.c:1\r\n',
    ),
  );
  expect(text).toBe('BIOS\n[    1.0] fine\n[ 2.0] WARNING: CPU: 0 PID: 1 at x.c:1\n');
  expect(kernelComplaints(text)).toEqual(['[ 2.0] WARNING: CPU: 0 PID: 1 at x.c:1']);
});

test('ends are numbers as a shell has them', () => {
  expect(exitStatus({ status: 3, signal: undefined })).toBe(3);
  expect(exitStatus({ status: null, signal: 'SIGSEGV' })).toBe(139);
});

test('what is missing is named with the command that installs it', () => {
  expect(installCommand([])).toBeUndefined();
  const one = { name: 'a', package: 'p', purpose: '' };
  expect(installCommand([one, { ...one, name: 'b' }, { ...one, package: 'q' }])).toBe(
    'apt-get install --yes --no-install-recommends p q',
  );
  expect(isLabError(new Error('x'))).toBe(false);
  expect(() => missingPrerequisites('mips' as ArchitectureName)).toThrow(
    '"mips" is not known; expected one of: amd64, arm64',
  );
});
