/** Runs the program fold in a thread of its own, with the job it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { fold, type FoldParams } from '../../../activities/programs/fold.js';
import type { ProgramJob } from '../../../activities/programs/program.js';

const context = { signal: new AbortController().signal, progress: () => undefined };
const result = await fold(workerData as ProgramJob<FoldParams>, context);
parentPort!.postMessage(result);
