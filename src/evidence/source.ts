import { EvidenceError, type EvidenceErrorCode } from './error.js';

/** A piece of one line of the input. */
export interface Piece {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Column of its first character, from 1. */
  readonly column: number;
}

/**
 * Text that was put together from pieces of lines, as when strace interrupts a call with lines of other threads. Errors
 * tell the place in the lines that people have before them.
 */
export class Source {
  readonly text: string;
  /** `strace` or `gdb`, for messages. */
  readonly tool: string;
  private readonly pieces: readonly Piece[];

  constructor(tool: string, pieces: readonly Piece[]) {
    this.tool = tool;
    this.pieces = pieces;
    this.text = pieces.map((piece) => piece.text).join('\n');
  }

  /** Where a character of the text stands in the input. */
  placeOf(at: number): { line: number; column: number } {
    let start = 0;
    for (const { text, line, column } of this.pieces) {
      if (at <= start + text.length) return { line, column: column + Math.max(0, at - start) };
      start += text.length + 1;
    }
    const last = this.pieces.at(-1);
    return { line: last?.line ?? 1, column: (last?.column ?? 1) + (last?.text.length ?? 0) };
  }

  errorAt(at: number, problem: string, code: EvidenceErrorCode = 'syntax'): EvidenceError {
    const place = this.placeOf(at);
    const message = `${this.tool} input, line ${place.line}, column ${place.column}: ${problem}`;
    return new EvidenceError(code, message, place);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sign that colours begin with
const COLOURS = /\u001b\[[\d;]*[mK]/g;

/** Text without the colours of a terminal, which `strace --color` and some gdb set-ups write. */
export const withoutColours = (text: string): string => text.replace(COLOURS, '');

/** The lines of a text, whatever ends them. */
export const linesOf = (text: string): string[] => withoutColours(text).split(/\r\n|\r|\n/);
