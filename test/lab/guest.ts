import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  isLabError,
  type KernelSelector,
  kernelComplaints,
  LabError,
  type RunOptions,
  runInKernel,
} from '../../src/lab/index.js';
import { OUTCOME_MARK, type Outcome, type Scenarios } from './harness.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = join(ROOT, 'test/lab');
const BUILD = join(ROOT, 'build/lab');
const GUEST_BUILD = '/node_modules/zcrx/build/lab';

/** For a guest, where a suite does not say. */
const TIMEOUT_MS = 300_000;
/** To fetch a kernel and build its module, the first time. */
const PREPARATION_MS = 300_000;

/** One process a file, started again behind a case that took it down; see runner.ts. */
const LOOP = `for file in "$@"; do
  : >/run/state
  status=
  until timeout -s KILL 1500 node ${GUEST_BUILD}/runner.js "$file" /run/state "$status"; do status=$?; done
done
`;

export interface ScenarioRun {
  /** By file and case name, see {@link outcomeOf}. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly consoleLog: string;
  readonly stderr: string;
  readonly kernelRelease: string;
  /** Set when the guest died before it had run all. */
  readonly failure: LabError | undefined;
}

/** Options of {@link runInKernel} that a suite may set, and whether the kernel may be missing. */
export type ScenarioOptions = Partial<Omit<RunOptions, 'kernel' | 'argv'>> & {
  /** A series that the archive no longer has is then skipped instead of failed. */
  readonly optional?: boolean;
  /** Print what the cases return: figures of a measurement. */
  readonly tellsFigures?: boolean;
};

/** A series, or a selector that names one. */
export type TestedKernel = string | (KernelSelector & { readonly series: string });

const titleOf = (kernel: TestedKernel): string =>
  typeof kernel === 'string'
    ? kernel
    : [kernel.series, kernel.architecture, kernel.flavour].filter(Boolean).join(' ');

/** Boots a kernel once and runs all cases of the scenario files (`['boot.js']`, in `scenarios/`) in it. */
export async function runScenarios(
  kernel: TestedKernel,
  files: readonly string[],
  options: ScenarioOptions = {},
): Promise<ScenarioRun> {
  checkBuild();
  const { optional: _, tellsFigures: __, extra = [], ...rest } = options;
  const common = {
    kernel,
    argv: ['sh', '/lab/scenarios', ...files.map((file) => `scenarios/${file}`)],
    extra: [{ from: BUILD, to: GUEST_BUILD }, { data: LOOP, to: '/lab/scenarios' }, ...extra],
    timeoutMs: TIMEOUT_MS,
    ...rest,
  };
  try {
    const run = await runInKernel(common);
    return {
      outcomes: readOutcomes(run.stdout.toString()),
      consoleLog: run.consoleLog,
      stderr: run.stderr.toString(),
      kernelRelease: run.kernelRelease,
      failure: undefined,
    };
  } catch (error) {
    if (!isLabError(error) || error.partial === undefined) throw error;
    // The cases that had ended before the guest died count.
    return {
      outcomes: readOutcomes(error.partial.stdout.toString()),
      consoleLog: error.partial.consoleLog,
      stderr: error.partial.stderr.toString(),
      kernelRelease: '',
      failure: error,
    };
  }
}

function readOutcomes(stdout: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(OUTCOME_MARK)) continue;
    const outcome = JSON.parse(line.slice(OUTCOME_MARK.length)) as Outcome;
    outcomes.set(key(outcome.file, outcome.name), outcome);
  }
  return outcomes;
}

function key(file: string, name: string): string {
  return `${file.replace(/^scenarios\//, '')}\n${name}`;
}

/** How a case ended; one that left no word has failed, with what is known about why. */
export function outcomeOf(run: ScenarioRun, file: string, name: string): Outcome {
  const outcome = run.outcomes.get(key(file, name));
  if (outcome !== undefined) return outcome;
  const why =
    run.failure?.message ??
    run.outcomes.get(key(file, ''))?.error ??
    'the guest gave no result for this case';
  return {
    file,
    name,
    ok: false,
    ms: 0,
    error: `${why}\nstandard error in the guest:\n${run.stderr.slice(-4000)}`,
  };
}

/** What came of one kernel; `missing` says why it could not be had. */
interface Attempt {
  readonly run?: ScenarioRun;
  readonly missing?: string;
}

/**
 * Declares a vitest test for each case of the files, all run in one boot of each kernel, and one more: that
 * the kernel found nothing to complain about. `await` it at a test file's top level. While one kernel runs,
 * the next one runs too, if there is a processor for it.
 */
export async function describeScenarios(
  kernels: TestedKernel | readonly TestedKernel[],
  files: readonly string[],
  options: ScenarioOptions = {},
): Promise<void> {
  checkBuild();
  const suites = await Promise.all(
    files.map(async (file) => {
      const module = (await import(
        /* @vite-ignore */ pathToFileURL(join(BUILD, 'scenarios', file)).href
      )) as {
        default: Scenarios;
      };
      return { file, names: Object.keys(module.default) };
    }),
  );
  const attempts = [kernels].flat().map((kernel) => {
    let started: Promise<Attempt> | undefined;
    return {
      kernel,
      result(): Promise<Attempt> {
        started ??= attempt(kernel, files, options);
        // Whoever asks for it hears of a failure; nobody may ask.
        started.catch(() => {});
        return started;
      },
    };
  });
  attempts.forEach(({ kernel, result }, i) => {
    describe(`Linux ${titleOf(kernel)}`, () => {
      let run: ScenarioRun | undefined;
      let missing: string | undefined;
      beforeAll(
        async () => {
          const mine = result();
          if (availableParallelism() > 1) void attempts[i + 1]?.result();
          ({ run, missing } = await mine);
        },
        PREPARATION_MS + (options.timeoutMs ?? TIMEOUT_MS),
      );
      for (const { file, names } of suites) {
        test.for(names)(`${file.replace(/\.js$/, '')}: %s`, (name, context) => {
          if (run === undefined) return context.skip(missing);
          const outcome = outcomeOf(run, file, name);
          if (outcome.skipped !== undefined) context.skip(outcome.skipped);
          if (!outcome.ok) throw new Error(`in Linux ${titleOf(kernel)}: ${outcome.error}`);
          if (options.tellsFigures) console.log(`in Linux ${titleOf(kernel)}:`, outcome.data);
        });
      }
      test('the kernel has nothing to complain about', (context) => {
        if (run === undefined) return context.skip(missing);
        expect(run.failure).toBeUndefined();
        expect(kernelComplaints(run.consoleLog)).toEqual([]);
      });
    });
  });
}

async function attempt(
  kernel: TestedKernel,
  files: readonly string[],
  options: ScenarioOptions,
): Promise<Attempt> {
  try {
    return { run: await runScenarios(kernel, files, options) };
  } catch (error) {
    if (!(options.optional && isLabError(error, 'not-available'))) throw error;
    return { missing: error.message };
  }
}

/** All runs as compiled code: old code would test something else than what is on the screen. */
function checkBuild(): void {
  const sourcesIn = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const scenarios = sourcesIn(join(SOURCES, 'scenarios')).map((name) => `scenarios/${name}`);
  for (const name of ['harness.ts', 'runner.ts', ...scenarios]) {
    checkCompiled(join('test/lab', name), join('build/lab', name), 'npx tsc -p test/lab/tsconfig.json');
  }
  for (const name of sourcesIn(join(ROOT, 'bridge'))) {
    checkCompiled(join('bridge', name), join('dist/bridge', name), 'npm run build');
  }
}

function checkCompiled(source: string, target: string, remedy: string): void {
  const built = join(ROOT, target.replace(/\.ts$/, '.js'));
  if (existsSync(built) && statSync(built).mtimeMs >= statSync(join(ROOT, source)).mtimeMs) return;
  throw new LabError('not-built', `${source} has not been compiled since it was changed; run: ${remedy}`);
}
