import { BridgeError } from '../errors.js';

/** IFNAMSIZ counts the zero at the end. */
const LONGEST_NAME = 15;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the kernel takes them in a name, a terminal should not.
const FORBIDDEN = /[/:\s\u0000-\u001f\u007f]/;

/**
 * A name that the kernel can have given to an interface; it goes into paths and command lines.
 * @throws BridgeError `bad-option`
 */
export function deviceName(name: unknown): string {
  const isName =
    typeof name === 'string' &&
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    Buffer.byteLength(name) <= LONGEST_NAME &&
    !FORBIDDEN.test(name);
  if (isName) return name;
  const shown = typeof name === 'string' ? JSON.stringify(name) : String(name);
  throw new BridgeError(
    'bad-option',
    `device is ${shown}, expected the name of a network interface, as eth0: 1 to ${LONGEST_NAME} bytes without /, : and spaces`,
  );
}

/** A word for a shell: commands are shown to be pasted, and a name may hold whatever a shell makes something of. */
export const shellWord = (word: string): string =>
  /^[\w.@+][\w.@+-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
