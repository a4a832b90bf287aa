import { runStage } from './cached-stage.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';

/** Signal, costs, equity and trades of all predictions. */
export function createBacktest(
  dependencies: ActivityDependencies,
): (request: StageRequest) => Promise<StageAnswer> {
  return (request) => runStage(dependencies, request);
}
