import { runStage } from './cached-stage.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';

/** The predictions of one fold's test window. */
export function createPredict(
  dependencies: ActivityDependencies,
): (request: StageRequest) => Promise<StageAnswer> {
  return (request) => runStage(dependencies, request);
}
