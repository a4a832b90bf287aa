import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript, type BundledScript } from './bundled-script.js';
import { libraryPath, NUM_THREADS } from './small-data.js';
import type { ThreadNews, ThreadOrder } from './thread-job.js';

let script: BundledScript;
/** More rounds than any of these tests waits for. */
const ENDLESS = 10_000_000;

interface Ending {
  readonly news: ThreadNews[];
  readonly exitCode: number;
}

function start(
  order: Partial<ThreadOrder>,
  onNews: (worker: Worker, news: ThreadNews) => void = () => undefined,
) {
  const workerData: ThreadOrder = { path: libraryPath(), numThreads: NUM_THREADS, rounds: 30, ...order };
  return new Promise<Ending>((settle, reject) => {
    const worker = new Worker(script.path, { workerData });
    const news: ThreadNews[] = [];
    worker.on('message', (each: ThreadNews) => {
      news.push(each);
      onNews(worker, each);
    });
    worker.on('error', reject);
    worker.on('exit', (exitCode) => settle({ news, exitCode }));
  });
}

const modelOf = ({ news }: Ending): string | undefined =>
  news.map((each) => ('model' in each ? each.model : undefined)).find((model) => model !== undefined);

beforeAll(async () => {
  script = await bundleScript(new URL('./thread-job.ts', import.meta.url));
});

afterAll(() => script.remove());

describe('the addon in worker threads', () => {
  it('trains the same model in several threads at once', async () => {
    const endings = await Promise.all([start({}), start({}), start({})]);
    const models = endings.map(modelOf);
    expect(models[0]).toMatch(/^tree\n/);
    expect(new Set(models).size).toBe(1);
    expect(endings.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  it('survives worker.terminate() in the middle of training, again and again', async () => {
    for (let times = 0; times < 8; times += 1) {
      const { news, exitCode } = await start({ rounds: ENDLESS }, (worker) => void worker.terminate());
      expect(exitCode).toBe(1);
      expect(modelOf({ news, exitCode })).toBeUndefined();
    }
    expect(modelOf(await start({}))).toMatch(/^tree\n/);
  });

  it('goes on training in one thread while others are terminated', async () => {
    const lasting = start({ rounds: 300 });
    await Promise.all([1, 2, 3].map(() => start({ rounds: ENDLESS }, (worker) => void worker.terminate())));
    expect(modelOf(await lasting)).toMatch(/^tree\n/);
  });

  it('refuses a thread count other than that of a thread which is alive', async () => {
    let refusal: ThreadNews[] = [];
    await start({ rounds: ENDLESS }, (worker) => {
      if (refusal.length > 0) return;
      refusal = [{ refused: 'pending' }];
      void start({ numThreads: NUM_THREADS + 1 }).then(({ news }) => {
        refusal = news;
        return worker.terminate();
      });
    });
    expect(refusal).toEqual([{ refused: 'THREADS_DIFFER' }]);
    const after = await start({ numThreads: NUM_THREADS + 1 });
    expect(modelOf(after)).toMatch(/^tree\n/);
  });
});
