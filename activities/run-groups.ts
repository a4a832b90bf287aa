/** What a child workflow asks for: its nodes, and a place for how they ended. */
import { InvariantError } from '../lib/errors.js';
import type { ResolvedNode } from '../lib/plan/resolve.js';
import type { GroupRequest, NodeOutcome } from './contract.js';
import type { ActivityDependencies } from './dependencies.js';
import { loadPlan } from './load-plan.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Answers the nodes of one group of a stored plan. */
export function createReadGroup({
  store,
}: ActivityDependencies): (request: GroupRequest) => Promise<readonly ResolvedNode[]> {
  return ({ plan: digest, group }) =>
    withHeartbeat(async () => {
      const nodes = (await loadPlan(store, digest)).groups[group];
      if (nodes !== undefined) return nodes;
      throw new InvariantError('GROUP_UNKNOWN', {
        what: `The plan has no group "${group}".`,
        fix: 'This is a bug of minute-alpha: please report it with the run.',
      });
    });
}

/** Stores outcomes as a page that later activities of the run read by its digest. */
export function createStoreOutcomes({
  store,
}: ActivityDependencies): (outcomes: Readonly<Record<string, NodeOutcome>>) => Promise<string> {
  return (outcomes) => withHeartbeat(() => store.putBytes(Buffer.from(JSON.stringify(outcomes))));
}
