import { linesOf, type Piece, Source } from './source.js';

/** One call in a trace, put together from the lines that tell of it. */
export interface TracedCall {
  /** From the arguments on, behind `io_uring_register(`. */
  readonly source: Source;
  readonly line: number;
  readonly pid: number | undefined;
  /** strace saw it return. */
  readonly complete: boolean;
}

const NAME = 'io_uring_register(';
const UNFINISHED = ' <unfinished ...>';
const RESUMED = /<\.\.\. io_uring_register resumed>/;

/** What may stand before a call: `[pid 42]`, times of -t, -tt, -ttt and -r, addresses of -i, numbers of -n, a prompt. */
const PREFIX = /^[^"(]*(?:\(\+\s*[\d.]+\)\s*)?$/;
const PID = /^\s*(?:\[pid\s+(\d+)\]|(\d+)\s)/;

/** A line that begins something else, so that no call goes on in it. */
const BEGINS = /^\s*(?:\[pid\s+\d+\]\s*|[\d:.]+\s+)*(?:\w+\(|<\.\.\. |---|\+\+\+|strace: | > )/;

/** What strace says of itself where both go to a terminal: in the middle of a line, which goes on in the next. */
const ASIDE = /(?:\/[\w./-]*)?strace: Process \d+ (?:attached|detached)$/;

/** A call whose arguments a terminal or a mail wrapped is not longer than this. */
const MOST_LINES = 60;

interface Open {
  pieces: Piece[];
  line: number;
  pid: number | undefined;
}

const pidOf = (prefix: string): number | undefined => {
  const match = PID.exec(prefix);
  return match ? Number(match[1] ?? match[2]) : undefined;
};

/** Whether a text may be of strace: it has a call, or the rest of one. */
export const isTrace = (text: string): boolean => text.includes(NAME) || RESUMED.test(text);

/** The calls of io_uring_register in a trace, in the order in which they began. */
export function tracedCalls(text: string): TracedCall[] {
  const calls: { open: Open; complete: boolean }[] = [];
  const unfinished: { open: Open; complete: boolean }[] = [];
  const lines = linesOf(text).map((line) => line.replace(ASIDE, ''));
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const pid = pidOf(line.slice(0, resumed.index));
      const at = unfinished.findLastIndex(({ open }) => open.pid === pid);
      const [call] = at < 0 ? [] : unfinished.splice(at, 1);
      if (!call) continue;
      const from = resumed.index + resumed[0].length;
      call.open.pieces.push({ text: line.slice(from), line: i + 1, column: from + 1 });
      call.complete = true;
      continue;
    }
    const at = line.indexOf(NAME);
    if (at < 0 || !PREFIX.test(line.slice(0, at))) continue;
    const from = at + NAME.length;
    const open: Open = { pieces: [], line: i + 1, pid: pidOf(line.slice(0, at)) };
    const end = line.indexOf(UNFINISHED, from);
    open.pieces.push({ text: line.slice(from, end < 0 ? undefined : end), line: i + 1, column: from + 1 });
    const call = { open, complete: end < 0 };
    calls.push(call);
    if (end >= 0) unfinished.push(call);
    else i = takeWrapped(lines, i, open);
  }
  return calls.map(({ open, complete }) => ({
    source: new Source('strace', open.pieces),
    line: open.line,
    pid: open.pid,
    complete,
  }));
}

const isWhole = (text: string) => /\)\s+= /.test(text);

/** Adds the lines on which a wrapped call goes on. @returns the number of the last line that was taken */
function takeWrapped(lines: readonly string[], first: number, open: Open): number {
  let last = first;
  while (!isWhole(open.pieces.map(({ text }) => text).join('\n')) && last - first < MOST_LINES) {
    const next = lines[last + 1];
    if (next === undefined || next.trim() === '' || BEGINS.test(next)) break;
    last++;
    open.pieces.push({ text: next, line: last + 1, column: 1 });
  }
  return last;
}
