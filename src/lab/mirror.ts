import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One archive that this machine is configured for. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The `Signed-By` keyring file, if named. */
  readonly signedBy: string | undefined;
}

/** Reads the one-line format of `sources.list`: `deb [option=value ...] URI SUITE COMPONENT...`. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+([^#]*)/.exec(line);
    if (match === null) continue;
    const [suite, ...components] = match[3]!.trim().split(/\s+/);
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(match[1] ?? '')?.[1];
    sources.push({ uri: match[2]!, suites: suite ? [suite] : [], components, signedBy });
  }
  return sources;
}

/** Reads the deb822 format of `*.sources`: stanzas of `Field: value`, continued by indented lines. */
export function parseDeb822Sources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  for (const stanza of lines.join('\n').split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      const match = /^([^\s:]+):(.*)$/.exec(line);
      if (match !== null) {
        last = match[1]!.toLowerCase();
        fields.set(last, match[2]!.trim());
      } else if (/^\s/.test(line) && last !== '') {
        fields.set(last, `${fields.get(last)} ${line.trim()}`.trim());
      }
    }
    const words = (field: string): string[] =>
      (fields.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
    if (/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes')) continue;
    if (!words('types').includes('deb')) continue;
    for (const uri of words('uris')) {
      sources.push({
        uri,
        suites: words('suites'),
        components: words('components'),
        signedBy: fields.get('signed-by'),
      });
    }
  }
  return sources;
}

/** The archives that apt uses on this machine; `folder` is `/etc/apt` but in tests. */
export function machineSources(folder = '/etc/apt'): AptSource[] {
  const sources = parseSourcesList(readOrEmpty(join(folder, 'sources.list')));
  const parts = join(folder, 'sources.list.d');
  for (const name of listOrEmpty(parts)) {
    if (name.endsWith('.list')) sources.push(...parseSourcesList(readOrEmpty(join(parts, name))));
    if (name.endsWith('.sources')) sources.push(...parseDeb822Sources(readOrEmpty(join(parts, name))));
  }
  return sources;
}

/**
 * The URI of the Debian archive among the machine's sources, or undefined (on a derivative, for one).
 * Debian's own archive is told from the many that imitate its layout by its suite, its component and, among
 * those left, by the keyring and the path that Debian's mirrors have.
 */
export function debianMirror(
  sources: readonly AptSource[],
  codename: string | undefined,
): string | undefined {
  const suites = new Set([
    'stable',
    'oldstable',
    'testing',
    'unstable',
    'sid',
    ...(codename ? [codename] : []),
  ]);
  const score = (source: AptSource): number =>
    (source.signedBy?.includes('debian-archive') ? 2 : 0) + (/\/debian\/?$|mirror/.test(source.uri) ? 1 : 0);
  return sources
    .filter(
      (source) => source.components.includes('main') && source.suites.some((suite) => suites.has(suite)),
    )
    .filter((source) => score(source) > 0)
    .sort((a, b) => score(b) - score(a))[0]?.uri;
}

/** `ID` and `VERSION_CODENAME` of `/etc/os-release`. */
export function osRelease(file = '/etc/os-release'): { id: string; codename: string | undefined } {
  const text = readOrEmpty(file);
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1];
  return { id: value('ID') ?? 'unknown', codename: value('VERSION_CODENAME') };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listOrEmpty(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
