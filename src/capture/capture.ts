/** Reading a recording that lies in several files as the one that it is. */
import { type RecordingDamage, RecordingDecoder, type RecordingResult } from './decoder.js';
import { RecordingError } from './error.js';
import { chunksOf } from './file.js';
import type { PartFrame, RecordingFrame, StartFrame } from './frame.js';
import { type FileHead, readHead } from './head.js';
import { captureFiles } from './series.js';

/**
 * Between what came and what comes something may be missing. All that was known of instances ends here: a start
 * frame and those that describe the instances anew follow.
 */
export interface CaptureBreak {
  readonly type: 'break';
  /** Nanoseconds since the start of the first file, as in frames: when what follows begins. */
  readonly time: bigint;
  /** The file that follows. */
  readonly path: string;
  /** Why, in words. */
  readonly reason: string;
}

/** How reading a file ended. */
export interface CaptureFile extends RecordingResult {
  readonly path: string;
}

/** The last item of every reading. */
export interface CaptureResult {
  readonly type: 'result';
  /** Frames given out. */
  readonly frames: number;
  /** Frames of types that this version does not know, passed over. */
  readonly skipped: number;
  /** Bytes of all files up to the end of the last good frame of each. */
  readonly bytes: number;
  /** Whether the recorder ended on its own terms, and nothing is missing on the way there. */
  readonly complete: boolean;
  /** The first damage, with the file that has it. */
  readonly damage?: RecordingDamage & { readonly path: string };
  /** All files, in the order in which they were read. */
  readonly files: readonly CaptureFile[];
}

/** Frames and breaks, and as the last item, and only there, the result. */
export type CaptureItem = RecordingFrame | CaptureBreak | CaptureResult;

/** The types of frames that a part repeats. */
const DESCRIBING: ReadonlySet<string> = new Set([
  'registered',
  'watched',
  'state',
] satisfies RecordingFrame['type'][]);

interface Source extends FileHead {
  readonly path: string;
}

/**
 * The frames of a recording in one or several files, oldest first, whatever the order in which they are given. Times
 * count from the start of the first file, by the wall clock that each file begins with; the parts of a rotated
 * recording share one clock and so follow each other exactly. Where a part goes on from the one before, what it
 * repeats of it is left out, so that the frames are those that the recorder was given; anywhere else a
 * {@link CaptureBreak} comes between. Memory stays bounded, whatever the size of the files.
 *
 * @param files paths; one that does not exist stands for the parts of a rotated recording of that name
 * @throws RecordingError `read-failed`, `not-a-recording`, `unsupported-version`; `overlap` where two files tell of
 * the same time, from the step at which that shows
 * @example
 * for await (const item of readCapture('watch.zcrx')) {
 *   const snapshot = item.type === 'sample' && snapshotOf(item);
 * }
 */
export async function* readCapture(
  files: string | readonly string[],
): AsyncGenerator<CaptureItem, void, undefined> {
  const sources = await findSources([files].flat());
  const done: CaptureFile[] = [];
  let before: ReadFile | undefined;
  let origin: bigint | undefined;
  let time = 0n;
  let broken = false;
  let frames = 0;
  for (const source of sources) {
    const file = new ReadFile(source, before);
    for await (const chunk of chunksOf(source.path)) {
      for (const frame of file.decode(chunk)) {
        if (frame.type === 'start') {
          origin ??= frame.wallClock;
          file.from = frame.wallClock - origin;
          if (file.from < time) throw overlapping(source.path, before?.source.path ?? source.path);
          if (before !== undefined && !file.goesOn) {
            broken = true;
            yield { type: 'break', time: file.from, path: source.path, reason: file.breakReason };
          }
        }
        time = file.from + frame.time;
        if (file.isRepetition(frame)) continue;
        frames++;
        // The frame was made for us, and copying it would cost more than reading it did.
        (frame as { time: bigint }).time = time;
        yield frame;
      }
      if (file.stopped) break;
    }
    done.push(file.finish());
    // A file without a frame tells nothing, not even that something is missing.
    if (file.started) before = file;
    else broken = true;
  }
  const damaged = done.find(({ damage }) => damage !== undefined);
  yield {
    type: 'result',
    frames,
    skipped: done.reduce((sum, { skipped }) => sum + skipped, 0),
    bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
    complete: !broken && before !== undefined && before.complete && !before.continued,
    ...(damaged?.damage && { damage: { ...damaged.damage, path: damaged.path } }),
    files: done,
  };
}

/** A file while it is read. */
class ReadFile {
  readonly source: Source;
  /** Whether it goes on exactly where the file before ended. */
  readonly goesOn: boolean;
  readonly breakReason: string;
  /** Time of its start. */
  from = 0n;
  started = false;
  complete = false;
  /** Whether it says that another part follows. */
  continued = false;
  readonly #decoder: RecordingDecoder;
  #result: RecordingResult | undefined;
  #repeated = 0;

  constructor(source: Source, before: ReadFile | undefined) {
    this.source = source;
    this.#decoder = new RecordingDecoder(source.path);
    this.breakReason = before === undefined ? '' : breakBetween(before, source);
    this.goesOn = before !== undefined && this.breakReason === '';
  }

  get stopped(): boolean {
    return this.#decoder.stopped;
  }

  *decode(chunk: Uint8Array): Generator<RecordingFrame, void, undefined> {
    this.#decoder.push(chunk);
    for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) yield frame;
  }

  /** Whether a frame belongs to the file, and not to the recording. */
  isRepetition(frame: RecordingFrame): boolean {
    switch (frame.type) {
      case 'start':
        this.started = true;
        return this.goesOn;
      case 'part':
        this.#repeated = frame.repeated;
        return true;
      case 'continued':
        this.continued = true;
        return true;
      case 'end':
        return this.continued;
    }
    if (this.#repeated === 0) return false;
    // Whatever the number says: what is seen of an instance is never a repetition.
    this.#repeated = DESCRIBING.has(frame.type) ? this.#repeated - 1 : 0;
    return this.goesOn && DESCRIBING.has(frame.type);
  }

  finish(): CaptureFile {
    // Of a file without a byte nothing has been asked yet.
    this.#decoder.next();
    this.#result = this.#decoder.finish();
    this.complete = this.#result.complete && this.#result.damage === undefined;
    return { path: this.source.path, ...this.#result };
  }

  /** Why it does not end as it should; undefined where it does. */
  get problem(): string | undefined {
    const { path } = this.source;
    const damage = this.#result?.damage;
    if (damage !== undefined) return `${path} is damaged at byte ${damage.offset}: ${damage.reason}`;
    return this.complete ? undefined : `${path} has no end: its recorder was killed, or its disk was full`;
  }
}

/** Empty where `next` goes on from `before`. */
function breakBetween(before: ReadFile, next: Source): string {
  if (before.problem !== undefined) return before.problem;
  const { part } = before.source;
  if (part === undefined || next.part === undefined || part.sequence !== next.part.sequence) {
    return 'another recording begins';
  }
  const missing = next.part.number - part.number - 1;
  if (missing > 0) return `${missing} ${missing === 1 ? 'part is' : 'parts are'} missing before ${next.path}`;
  return before.continued ? '' : `${before.source.path} says that it is the last part`;
}

async function findSources(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    const found = await captureFiles(path);
    // What is not there at all fails when it is opened, which says why.
    for (const file of found.length > 0 ? found : [path]) sources.push({ path: file });
  }
  // A single file need not be opened twice: it may be a pipe.
  if (sources.length === 1) return sources;
  for (const [at, { path }] of sources.entries()) sources[at] = { path, ...(await readHead(path)) };
  return inOrder(sources);
}

/** Files without a start frame first: nothing is known of them, and there is nothing in them. */
function inOrder(sources: readonly Source[]): Source[] {
  const begins = new Map<bigint, bigint>();
  for (const { start, part } of sources) {
    if (start === undefined || part === undefined) continue;
    const known = begins.get(part.sequence);
    if (known === undefined || start.wallClock < known) begins.set(part.sequence, start.wallClock);
  }
  const keyOf = ({ start, part }: { start?: StartFrame; part?: PartFrame }) =>
    start === undefined ? -1n : ((part && begins.get(part.sequence)) ?? start.wallClock);
  const ordered = [...sources].sort((one, other) => {
    const [first, second] = [keyOf(one), keyOf(other)];
    if (first !== second) return first < second ? -1 : 1;
    return (one.part?.number ?? 0) - (other.part?.number ?? 0);
  });
  for (const [at, { path, part }] of ordered.entries()) {
    const before = ordered[at - 1];
    if (
      part !== undefined &&
      before?.part?.sequence === part.sequence &&
      before.part.number === part.number
    ) {
      throw overlapping(path, before.path);
    }
  }
  return ordered;
}

function overlapping(path: string, before: string): RecordingError {
  return new RecordingError(
    'overlap',
    `${path} tells of the same time as ${before}: they cannot be read as one recording`,
  );
}
