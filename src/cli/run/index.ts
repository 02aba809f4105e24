import type { RecordingFrame } from '../../capture/index.js';
import { OperationError, UsageError } from '../errors.js';
import { openRecordingSink, type RecordingSink, type RecordRequest } from '../recording.js';
import { stopSignal } from '../stop.js';
import type { Terminal } from '../terminal.js';
import { shortcomings } from './acts.js';
import { type Backend, chooseBackend } from './choose.js';
import type { LiveSummary, RunEvent, RunRequest } from './events.js';
import { Interpreter } from './interpret.js';
import { showProblems } from './problems.js';
import { jsonScreen, type Screen, textScreen } from './show.js';

export { requestOf } from './request.js';

/** `YYYY-MM-DD HH:MM UTC` of nanoseconds since 1970. */
const dateOf = (wallClock: bigint) =>
  `${new Date(Number(wallClock / 1_000_000n)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function backendEvent(frame: Extract<RecordingFrame, { type: 'start' }>, backend: Backend): RunEvent {
  const { kernelRelease: kernel, revision, wallClock, note } = frame;
  const common = { type: 'backend', backend, kernel, revision } as const;
  return backend === 'replay' ? { ...common, recorded: dateOf(wallClock), note } : common;
}

/** Frames of the kernel or of a recording: recorded if asked, interpreted, shown. */
class Session {
  private readonly interpreter = new Interpreter();
  private readonly screen: Screen;
  private readonly backend: Backend;
  private readonly request: RecordRequest | undefined;
  private opening: Promise<RecordingSink> | undefined;
  private writer: RecordingSink | undefined;
  private readonly early: RecordingFrame[] = [];

  constructor(screen: Screen, backend: Backend, request: RecordRequest | undefined) {
    this.screen = screen;
    this.backend = backend;
    this.request = request;
  }

  take(frame: RecordingFrame): void {
    if (frame.type === 'start') {
      this.screen.emit(backendEvent(frame, this.backend));
      if (this.request !== undefined) this.record(frame, this.request);
    } else if (this.writer) this.writer.append(frame);
    else if (this.opening) this.early.push(frame);
    for (const event of this.interpreter.interpret(frame)) this.screen.emit(event);
  }

  private record(start: Extract<RecordingFrame, { type: 'start' }>, request: RecordRequest): void {
    this.opening = openRecordingSink(request, start).then((writer) => {
      for (const frame of this.early.splice(0)) writer.append(frame);
      this.writer = writer;
      return writer;
    });
    this.opening.catch(() => {}); // told at the end
  }

  async end(more: LiveSummary): Promise<void> {
    await (await this.opening)?.close();
    this.screen.emit({ ...this.interpreter.summary(), ...more });
  }
}

/** What a live run was to show and did not. @throws OperationError */
function checkShown({ intact, acts }: LiveSummary): void {
  if (intact === false) throw new OperationError('the payload did not arrive as it was sent');
  const missing = acts && shortcomings(acts);
  if (missing !== undefined) throw new OperationError(`the tour did not show what it should: ${missing}`);
}

/** After how many seconds a run is to be ended, if it does not end itself. */
function secondsOf({ tour, seconds, replaySeconds }: RunRequest, backend: 'kernel' | 'replay'): number {
  if (backend === 'replay') return replaySeconds;
  return tour ? 0 : seconds; // the tour divides its time itself
}

async function runFrames(request: RunRequest, backend: 'kernel' | 'replay', screen: Screen): Promise<void> {
  const session = new Session(screen, backend, backend === 'kernel' ? request.record : undefined);
  const { signal, start, release } = stopSignal();
  const take = (frame: RecordingFrame) => {
    if (frame.type === 'start') start(secondsOf(request, backend));
    session.take(frame);
  };
  try {
    if (backend === 'kernel') {
      const { runKernel } = await import('./kernel.js');
      const result = await runKernel(request, { frame: take, event: screen.emit }, signal);
      await session.end(result);
      checkShown(result);
      return;
    }
    const { replay, SHIPPED_RECORDING } = await import('./replay.js');
    const problem = await replay(request.recording ?? SHIPPED_RECORDING, take, signal);
    await session.end({});
    if (problem) throw new OperationError(problem);
  } finally {
    release();
  }
}

/** What the lab records comes out of it as a whole. @throws UsageError */
function checkOneFile(record: RecordRequest | undefined): void {
  if (record?.rotateSize === undefined && record?.rotateSeconds === undefined) return;
  throw new UsageError(
    '--rotate-size and --rotate-after are for runs on this kernel: the lab gives its recording out as one file',
  );
}

async function runInLab(request: RunRequest, screen: Screen): Promise<void> {
  const { checkNotThere, runLab } = await import('./lab.js');
  checkOneFile(request.record);
  await checkNotThere(request.record?.path);
  // The guest counts the seconds itself; here only an interruption counts.
  const { signal, release } = stopSignal();
  try {
    await runLab(request, screen.emit, screen.say, signal);
  } finally {
    release();
  }
}

async function decide(request: RunRequest, screen: Screen): Promise<Backend> {
  if (request.backend !== 'auto') return request.backend;
  const choice = await chooseBackend(request.series);
  if (choice.backend === 'replay' && request.prepare) {
    const { prepareLab } = await import('./lab.js');
    try {
      await prepareLab(request.series, screen.say, new AbortController().signal);
      const { backend, reason } = await chooseBackend(request.series);
      screen.say(reason);
      return backend;
    } catch (error) {
      screen.say(`the lab cannot be prepared: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  screen.say(choice.reason);
  return choice.backend;
}

/** The main job: an instance, its traffic, notifications and statistics, from the backend asked for. */
export async function run(request: RunRequest, terminal: Terminal): Promise<void> {
  const screen = request.json ? jsonScreen(terminal) : textScreen(terminal);
  try {
    const backend = await decide(request, screen);
    if (backend === 'lab') await runInLab(request, screen);
    else await runFrames(request, backend, screen);
  } catch (error) {
    screen.close();
    throw request.json ? error : showProblems(error, terminal);
  } finally {
    screen.close();
  }
}
