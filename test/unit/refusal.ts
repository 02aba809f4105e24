import { expect } from 'vitest';
import { LayoutError } from '../../src/index.js';

/** The LayoutError of a call that must refuse its input. */
export function refusal(call: () => unknown): LayoutError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    expect(error).toBeInstanceOf(LayoutError);
    return error as LayoutError;
  }
  expect.fail(`not refused: ${String(result)}`);
}
