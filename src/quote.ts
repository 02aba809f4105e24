/** Text on one line in which nothing can steer a terminal: input that is quoted in a message may be anything. */
export function oneLine(text: string): string {
  const flat = text.replace(/\s*[\r\n]\s*/g, ' ').trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  return flat.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A piece of input as a message quotes it: one line, and short. */
export function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return oneLine(JSON.stringify(shown));
}
