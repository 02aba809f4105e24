// Lines of a terminal as an SVG picture.

/** Pixels of a character; every run of text is stretched to them, whatever font is there. */
const WIDTH = 8.4;
const HEIGHT = 18;
const MARGIN = 14;

/** What the styles of the command line look like, by the codes they begin with. */
const STYLES = {
  1: 'font-weight="bold" fill="#ffffff"',
  2: 'fill="#8b949e"',
  31: 'fill="#ff7b72"',
  32: 'fill="#7ee787"',
  33: 'fill="#f2cc60"',
  36: 'fill="#79c0ff"',
};

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The runs of a line: text, the style it has, and its column. */
function runsOf(line) {
  const runs = [];
  let column = 0;
  let style;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
  for (const [, code, text] of line.matchAll(/\x1b\[(\d+)m|([^\x1b]+)/g)) {
    if (code !== undefined) {
      style = STYLES[code];
      continue;
    }
    // Words on their own, that blanks between them need no width; blocks of a sparkline are one.
    for (const word of text.matchAll(/\S+( \S+)*/g))
      runs.push({ text: word[0], style, column: column + word.index });
    column += text.length;
  }
  return runs;
}

/** @param {string[]} lines with the styles of node:util's styleText */
export function svgOf(lines, columns, title) {
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const texts = lines.flatMap((line, row) =>
    runsOf(line).map(({ text, style = '', column }) => {
      const x = (MARGIN + column * WIDTH).toFixed(1);
      const y = MARGIN + row * HEIGHT + 13;
      const length = (text.length * WIDTH).toFixed(1);
      return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" ${style}>${escaped(text)}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#c9d1d9" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}
