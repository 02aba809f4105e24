import { quote } from '../quote.js';
import type { Source } from './source.js';

export interface Token {
  /** `bad` is nothing of the notation: its text says what is wrong. It stands behind a value as often as not. */
  readonly kind: 'number' | 'word' | 'text' | 'note' | 'sign' | 'end' | 'bad';
  readonly text: string;
  /** Characters of the source before it. */
  readonly at: number;
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /-?(?:0x[\da-f]+|\d+)(?!\w|\.\d)/iy],
  ['word', /[a-z_$][\w$]*/iy],
  ['sign', /=>|\.\.\.|[{}[\](),=|.:@&*]/y],
];

/** The signs of the notation, read as they are asked for. */
export class Tokens {
  private readonly source: Source;
  private readonly ahead: Token[] = [];
  private at: number;
  /** Characters of the source up to the end of what was taken last. */
  end: number;

  constructor(source: Source, at: number) {
    this.source = source;
    this.at = at;
    this.end = at;
  }

  /** The token that many places ahead, without taking it. */
  peek(places = 0): Token {
    while (this.ahead.length <= places) this.ahead.push(this.read());
    return this.ahead[places] as Token;
  }

  next(): Token {
    const token = this.ahead.shift() ?? this.read();
    this.end = token.at + token.text.length;
    return token;
  }

  private read(): Token {
    const { text } = this.source;
    this.skipBlank();
    const at = this.at;
    if (at >= text.length) return { kind: 'end', text: '', at };
    if (text[at] === '<') return this.note();
    if (text[at] === '"' || text[at] === "'") return this.quoted();
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      this.at += found.length;
      return { kind, text: found, at };
    }
    return this.bad(at, `found ${quote(text.slice(at, at + 12))}`);
  }

  /** White space, and comments: strace tells the other notation of a value in them. */
  private skipBlank(): void {
    const { text } = this.source;
    for (;;) {
      while (/\s/.test(text[this.at] ?? '')) this.at++;
      if (!text.startsWith('/*', this.at)) return;
      const end = text.indexOf('*/', this.at + 2);
      if (end < 0) return;
      this.at = end + 2;
    }
  }

  /** `"*\000"` or `'\000'`, up to the quote that closes it, on the same line. */
  private quoted(): Token {
    const { text } = this.source;
    const at = this.at;
    for (let i = at + 1; i < text.length && text[i] !== '\n'; i++) {
      if (text[i] === '\\') i++;
      else if (text[i] === text[at]) {
        this.at = i + 1;
        return { kind: 'text', text: text.slice(at, i + 1), at };
      }
    }
    return this.bad(at, `a ${text[at]} without the other on its line`);
  }

  /** `<reg+16>`, `<repeats 9 times>`, `<anon_inode:[io_uring]>`: up to the bracket that closes it, on the same line. */
  private note(): Token {
    const { text } = this.source;
    const at = this.at;
    let level = 0;
    for (let i = at; i < text.length && text[i] !== '\n'; i++) {
      if (text[i] === '<') level++;
      // an arrow of `3<TCP:[127.0.0.1:1->127.0.0.1:2]>` closes nothing
      else if (text[i] === '>' && text[i - 1] !== '-') level--;
      if (level > 0) continue;
      this.at = i + 1;
      return { kind: 'note', text: text.slice(at, i + 1), at };
    }
    return this.bad(at, 'a "<" without ">" on its line');
  }

  private bad(at: number, text: string): Token {
    this.at = at + 1;
    return { kind: 'bad', text, at };
  }
}
