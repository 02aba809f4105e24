import { quote, UsageError } from './errors.js';

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Structs are nested two deep; this much is a mistake, or an attack on the stack. */
const DEEPEST = 32;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Whether a JSON number means to JavaScript exactly what its digits say, or is no whole number at all (which whoever
 * takes whole numbers refuses anyway).
 */
export function isExact(literal: string): boolean {
  const value = Number(literal);
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(literal) ?? [];
  if (!Number.isInteger(value)) return Number.isFinite(value);
  if (!Number.isSafeInteger(value)) return false;
  // The value is less than 2^53, so unless the digits are mostly zeros the power is small.
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return true;
  const shift = Number(power) - fraction.length;
  const trimmed = digits.replace(/0+$/, '');
  const zeros = shift + digits.length - trimmed.length;
  return zeros >= 0 && zeros <= 16 && `${sign}${trimmed}${'0'.repeat(zeros)}` === String(value);
}

/** Reads one JSON document. Stricter than JSON.parse, which takes a number that it cannot hold, and a key twice. */
class JsonReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(): Json {
    const value = this.value('', 0);
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the input');
    return value;
  }

  private value(path: string, depth: number): Json {
    if (depth > DEEPEST) throw this.error(`is nested more than ${DEEPEST} deep`);
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object(path, depth);
    if (c === '[') return this.array(path, depth);
    if (c === '"') return this.string();
    const word = this.match(/(true|false|null)\b/y);
    if (word) return word === 'null' ? null : word === 'true';
    const start = this.at;
    const literal = this.match(/-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?/iy);
    if (literal === undefined) throw this.unexpected('a value');
    if (/[\w.]/.test(this.text[this.at] ?? '')) {
      this.at = start;
      throw this.unexpected('a decimal number (quote others: "0x2a")');
    }
    if (isExact(literal)) return Number(literal);
    this.at = start;
    throw this.error(
      `has ${path || 'a number'} = ${quote(literal).slice(1, -1)}, which a JSON number cannot hold exactly; quote it: "${quote(literal).slice(1, -1)}"`,
    );
  }

  private object(path: string, depth: number): Json {
    // Without a prototype `__proto__` is a key like any other.
    const found: { [key: string]: Json } = Object.create(null);
    this.at++;
    this.space();
    if (this.take('}')) return found;
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') throw this.unexpected('a name in double quotes');
      const key = this.string();
      if (key in found) {
        this.at = start;
        throw this.error(`has ${quote(key)} twice`);
      }
      this.space();
      if (!this.take(':')) throw this.unexpected('":"');
      found[key] = this.value(path ? `${path}.${key}` : key, depth + 1);
      this.space();
      if (this.take('}')) return found;
      if (!this.take(',')) throw this.unexpected('"," or "}"');
    }
  }

  private array(path: string, depth: number): Json {
    const found: Json[] = [];
    this.at++;
    this.space();
    if (this.take(']')) return found;
    for (;;) {
      found.push(this.value(`${path}[${found.length}]`, depth + 1));
      this.space();
      if (this.take(']')) return found;
      if (!this.take(',')) throw this.unexpected('"," or "]"');
    }
  }

  private string(): string {
    this.at++;
    let text = '';
    for (;;) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them inside text
      text += this.match(/[^"\\\u0000-\u001f]*/y) ?? '';
      if (this.take('"')) return text;
      if (!this.take('\\')) throw this.unexpected('the closing double quote');
      const code = this.match(/u[\da-f]{4}/iy);
      const plain = code ? undefined : ESCAPES[this.text[this.at] ?? ''];
      if (code) text += String.fromCharCode(Number.parseInt(code.slice(1), 16));
      else if (plain !== undefined) {
        text += plain;
        this.at++;
      } else throw this.unexpected('an escape, as \\n or \\u000a');
    }
  }

  private space(): void {
    this.match(/[ \t\r\n]*/y);
  }

  private take(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unexpected(expected: string): UsageError {
    const c = this.text[this.at];
    return this.error(`has ${c === undefined ? 'its end' : quote(c)} where ${expected} was expected`);
  }

  private error(problem: string): UsageError {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    return new UsageError(`JSON, line ${line}, column ${this.at - before.lastIndexOf('\n')}: ${problem}`);
  }
}

/**
 * Reads a JSON document.
 * @throws UsageError with line and column, also for a number beyond 2^53 and a name that appears twice
 */
export function parseJson(text: string): Json {
  return new JsonReader(text).read();
}
