/** What the exchange has: listings, archives, the last closed day. Never cached, never counted as run. */
import { Context } from '@temporalio/activity';
import { dayStartMs, monthEndMs } from '../lib/bars/interval.js';
import { compileConfig, compileOptions } from '../lib/config/compile.js';
import type { PipelineConfig } from '../lib/config/types.js';
import { ConfigError } from '../lib/errors.js';
import { compileFeatures } from '../lib/features/index.js';
import { createMarketClient, type MarketClient } from '../lib/market/index.js';
import type { Observation, SymbolObservation } from '../lib/plan/graph-input.js';
import type { RunInput } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { attemptMemory, toFailure } from './failures.js';

/** Asks the exchange about every symbol of the run; a config that cannot work is refused before that. */
export function createObserve(
  dependencies: ActivityDependencies,
): (request: RunInput) => Promise<Observation> {
  return async (request) => {
    const memory = attemptMemory();
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat({ unanswered: memory.unanswered }), 1000);
    try {
      return await observeRun(dependencies, request, context.cancellationSignal);
    } catch (thrown) {
      context.heartbeat({ unanswered: memory.unanswered + 1 });
      throw toFailure(thrown, memory);
    } finally {
      clearInterval(timer);
    }
  };
}
