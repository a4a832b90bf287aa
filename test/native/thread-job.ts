/** Runs in a worker thread: trains as told, tells when training begins and what came out. */
import { parentPort, workerData } from 'node:worker_threads';
import { Dataset, loadLightgbm, train } from '../../native/index.js';
import { PARAMS, smallData } from './small-data.js';

export interface ThreadOrder {
  readonly path: string;
  readonly numThreads: number;
  readonly rounds: number;
}

export type ThreadNews =
  { readonly round: number } | { readonly model: string } | { readonly refused: string };

const order = workerData as ThreadOrder;
const tell = (news: ThreadNews): void => parentPort!.postMessage(news);

try {
  loadLightgbm(order);
  const dataset = await Dataset.fromMatrix({ ...smallData({ rows: 20_000, columns: 8 }), params: PARAMS });
  const { booster } = await train({
    params: PARAMS,
    train: dataset,
    rounds: order.rounds,
    onProgress: ({ round }) => tell({ round }),
  });
  tell({ model: await booster.modelText() });
} catch (error) {
  tell({ refused: (error as { code: string }).code });
}
