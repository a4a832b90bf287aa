import { runStage } from './cached-stage.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';

/** Features and target of one symbol and UTC month. */
export function createFeatures(
  dependencies: ActivityDependencies,
): (request: StageRequest) => Promise<StageAnswer> {
  return (request) => runStage(dependencies, request);
}
