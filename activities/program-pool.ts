/** Pools of threads for the stage programs. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { reviveError, SetupError } from '../lib/errors.js';
import { stageOf, type ProgramName } from '../lib/plan/node.js';
import type { ProgramRun, ProgramRunner, ProgramWatch } from './dependencies.js';
import type { OpeningTask, ThreadAnswer, ThreadTask } from './program-thread.js';
import type { JsonObject, ProgramHost, ProgramJob } from './programs/program.js';

/** Written by the build beside this folder: which bundle of program-thread is the present one. */
const PRESENT_BUNDLE = new URL('../threads.json', import.meta.url);

export interface PoolSizes {
  /** Threads that download, each for {@link MONTHS_A_THREAD} months: while one waits the other is parsed. */
  readonly market: number;
  /** Threads that compute, one a core. */
  readonly compute: number;
  /** Threads that draw pictures: each holds a browser while it does, and for a moment after. */
  readonly render: number;
}

/** A browser that is not closed by then ends with its thread. */
const CLOSING_MS = 5000;

const MONTHS_A_THREAD = 2;
/** A download makes short-lived buffers only: the engine's default costs memory and saves no time. */
const MARKET_YOUNG_MB = 12;

/** One pool a kind of work; threads start on demand and end when idle for a minute. */
export class ProgramPools implements ProgramRunner {
  private readonly pools: Record<keyof PoolSizes, Piscina>;
  /** The build's that is there now: a later build must not bring its code under this one's fingerprints. */
  private readonly bundle = presentBundle();
  /** To the thread that opens a browser; null while none does. */
  private opening: MessagePort | null = null;

  /** @throws SetupError THREADS_MISSING when there is no complete build */
  constructor(sizes: PoolSizes) {
    const common = { filename: this.bundle.href, minThreads: 0, idleTimeout: 60_000 };
    const pool = (maxThreads: number, options = {}): Piscina =>
      new Piscina({ ...common, maxThreads, ...options }).on('error', tellLostThread);
    this.pools = {
      market: pool(sizes.market, {
        concurrentTasksPerWorker: MONTHS_A_THREAD,
        resourceLimits: { maxYoungGenerationSizeMb: MARKET_YOUNG_MB },
      }),
      compute: pool(sizes.compute),
      // Its browser speaks, and is closed, also while no program runs.
      render: pool(sizes.render, { atomics: 'disabled' }),
    };
  }

  /**
   * Runs a program in a thread; an abort asks it to stop and waits until it has.
   * @throws SetupError BUILD_REPLACED when the code that this process started with is no longer there
   */
  async run(program: ProgramName, job: ProgramJob<unknown>, watch: ProgramWatch): Promise<ProgramRun> {
    if (!existsSync(this.bundle)) throw replacedBuild();
    const { port1: port, port2 } = new MessageChannel();
    const stop = (): void => port.postMessage('stop');
    port.on('message', (detail: JsonObject) => watch.onProgress(detail));
    watch.signal.addEventListener('abort', stop, { once: true });
    if (watch.signal.aborted) stop();
    try {
      const task: ThreadTask = { program, job, port: port2 };
      const answer = (await this.poolOf(program).run(task, { transferList: [port2] })) as ThreadAnswer;
      if (answer.ok) return answer;
      throw reviveError(answer.error);
    } finally {
      watch.signal.removeEventListener('abort', stop);
      port.close();
    }
  }

  /** Opens a browser while the figures' inputs are computed. What prevents it is told when it is drawn with. */
  expectFigures({ browserPath }: ProgramHost): void {
    if (this.opening !== null) return;
    const { port1, port2: port } = new MessageChannel();
    this.opening = port1;
    const task: OpeningTask = { browserPath, port };
    this.pools.render
      .run(task, { name: 'openBrowser', transferList: [port] })
      .catch(() => undefined)
      .finally(() => {
        this.opening = null;
        port1.close();
      });
  }

  /** Ends all threads; running programs are lost. */
  async close(): Promise<void> {
    const { render } = this.pools;
    this.opening?.postMessage('stop');
    if (render.threads.length > 0) {
      // A thread that is ended would leave its browser's files behind.
      const closing = render.run(null, { name: 'closeBrowser' }).catch(() => undefined);
      await Promise.race([closing, pause(CLOSING_MS, undefined, { ref: false })]);
    }
    await Promise.all(Object.values(this.pools).map((pool) => pool.destroy()));
  }

  private poolOf(program: ProgramName): Piscina {
    if (program === 'reportPage') return this.pools.compute;
    const stage = stageOf({ program });
    if (stage === 'klines') return this.pools.market;
    return stage === 'report' ? this.pools.render : this.pools.compute;
  }
}

/** A thread that fails between its tasks is replaced; it must not take the worker with it. */
function tellLostThread(error: Error): void {
  process.emitWarning(`A thread between two tasks ended: ${error.message}`);
}

function presentBundle(): URL {
  try {
    const { entry } = JSON.parse(readFileSync(PRESENT_BUNDLE, 'utf8')) as { entry: string };
    return new URL(entry, PRESENT_BUNDLE);
  } catch (cause) {
    throw new SetupError('THREADS_MISSING', {
      what: `The build has no programs for threads: ${(cause as Error).message}.`,
      fix: 'Run `npm run setup`.',
      cause,
    });
  }
}

function replacedBuild(): SetupError {
  return new SetupError('BUILD_REPLACED', {
    what: 'The project was built anew several times since this worker started, and its code is gone.',
    fix: 'Stop the worker and start it again; what was computed is kept.',
  });
}
