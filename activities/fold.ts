import { runStage } from './cached-stage.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';

/** One fold's model, trained and validated inside its window. */
export function createFold(
  dependencies: ActivityDependencies,
): (request: StageRequest) => Promise<StageAnswer> {
  return (request) => runStage(dependencies, request);
}
