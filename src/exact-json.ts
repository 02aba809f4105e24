import { quote } from './quote.js';

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Strings, so that digits in them are passed over, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whether a JSON number means to JavaScript exactly what its digits say, or has a fraction (which is refused later). */
export function isExact(literal: string): boolean {
  const value = Number(literal);
  return Number.isSafeInteger(value) || !Number.isInteger(value);
}

/** `line 2, column 7` of a position in text. */
function place(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

/** JSON.parse takes numbers that it cannot hold and gives others for them. */
function refuseInexactNumbers(text: string): void {
  for (const { 0: literal, index } of text.matchAll(TOKENS)) {
    if (literal.startsWith('"') || isExact(literal)) continue;
    const shown = quote(literal).slice(1, -1);
    throw new SyntaxError(
      `JSON, ${place(text, index)}: a JSON number cannot hold ${shown} exactly; quote it: "${shown}"`,
    );
  }
}

/**
 * Reads a JSON document.
 * @throws SyntaxError with the place, also for a number beyond 2^53
 */
export function parseExactJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /position (\d+)/.exec(message)?.[1];
    throw new SyntaxError(`JSON${position ? `, ${place(text, Number(position))}` : ''}: ${message}`);
  }
  refuseInexactNumbers(text);
  return value;
}
