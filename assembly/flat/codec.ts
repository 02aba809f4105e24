// Structs to numbers and back. Values are 64 bits each, one after another: fields in order, arrays element by element,
// nested structs in place, of a union the arm that is selected, or its bytes by eights where none is known.

import { decode_structs, most_values } from "../codec/batch";
import { decode_struct } from "../codec/decode";
import { encode_struct } from "../codec/encode";
import { is_struct } from "../describe/known";
import { struct_at } from "../describe/tables";

/** The most values that a struct has, whichever arm of its union is selected; 0 if the revision has no such struct. */
export function struct_values(index: u32, revision: u32): u32 {
  return is_struct(index, revision) ? most_values(index) : 0;
}

/** Writes the values of the struct at `at` to `out`; returns how many, 0 if the revision has no such struct. */
export function decode(index: u32, revision: u32, at: usize, out: usize): u32 {
  return is_struct(index, revision) ? decode_struct(index, revision, at, out) : 0;
}

/**
 * Decodes `count` structs that begin `stride` bytes after each other (0: without gaps). The values of each begin
 * `out_stride` bytes after those of the one before, 8 * `struct_values` or more. Returns how many values there are in all.
 */
export function decode_batch(
  index: u32,
  revision: u32,
  at: usize,
  count: u32,
  stride: u32,
  out: usize,
  out_stride: u32,
): u32 {
  if (!is_struct(index, revision)) return 0;
  return decode_structs(index, revision, at, count, stride ? stride : struct_at(index).size, out, out_stride);
}

/**
 * Writes a struct to `at`, all its bytes; returns how many values it took, or `-1 - n` where value n is missing or does not
 * fit its field. 0 if the revision has no such struct: nothing is written then.
 */
export function encode(index: u32, revision: u32, values: usize, count: u32, at: usize): i32 {
  return is_struct(index, revision) ? encode_struct(index, revision, values, count, at) : 0;
}
