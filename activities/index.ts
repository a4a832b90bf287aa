/** All activities, made from their dependencies. */
import type { Activities } from './contract.js';
import { createBacktest } from './backtest.js';
import type { ActivityDependencies } from './dependencies.js';
import { createEvaluate } from './evaluate.js';
import { createFeatures } from './features.js';
import { createFold } from './fold.js';
import { createKlines } from './klines.js';
import { createObserve } from './observe.js';
import { createPredict } from './predict.js';
import { createPublish } from './publish.js';
import { createReport } from './report.js';
import { createResolve } from './resolve.js';
import { createReadGroup, createStoreOutcomes } from './run-groups.js';

/** The activities that the `pipeline` workflow schedules. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  return {
    observe: createObserve(dependencies),
    resolve: createResolve(dependencies),
    publish: createPublish(dependencies),
    readGroup: createReadGroup(dependencies),
    storeOutcomes: createStoreOutcomes(dependencies),
    klines: createKlines(dependencies),
    features: createFeatures(dependencies),
    fold: createFold(dependencies),
    predict: createPredict(dependencies),
    evaluate: createEvaluate(dependencies),
    backtest: createBacktest(dependencies),
    report: createReport(dependencies),
  };
}
