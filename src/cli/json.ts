import { type Json, parseExactJson } from '../exact-json.js';
import { UsageError } from './errors.js';

export type { Json } from '../exact-json.js';

/**
 * Reads a JSON document.
 * @throws UsageError with the place, also for a number beyond 2^53
 */
export function parseJson(text: string): Json {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new UsageError((error as SyntaxError).message);
  }
}
