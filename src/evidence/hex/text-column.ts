/**
 * Whether the text column of a dump says the same as the bytes. Bytes that do not print may stand as any sign; white
 * space at either end is often lost in copying.
 */
export function fitsText(bytes: readonly number[], text: string): boolean {
  // No tool writes longer lines, and the search below grows with the square of it.
  if (bytes.length > 256) return false;
  const shown = bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined));
  // The places of trimmed white space are unknown, so every alignment may be tried; the columns are short.
  const signs = [...text.trim()];
  for (let lead = 0; lead + signs.length <= shown.length; lead++) {
    const outside = [...shown.slice(0, lead), ...shown.slice(lead + signs.length)];
    if (!outside.every((sign) => sign === ' ')) continue;
    if (signs.every((sign, i) => (shown[lead + i] ?? sign) === sign)) return true;
  }
  return false;
}
