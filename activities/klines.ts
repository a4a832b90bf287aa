import { runStage } from './cached-stage.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';

/** The klines of one symbol and UTC month: archives first, REST for what they lack. */
export function createKlines(
  dependencies: ActivityDependencies,
): (request: StageRequest) => Promise<StageAnswer> {
  return (request) => runStage(dependencies, request);
}
