/** A restarted worker frees at once what its dead predecessors on this host were doing. */
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { tryAgain } from '../failures.js';
import type { Storage } from '../../lib/store/index.js';

/** Ids of Temporal's runs; it refuses others. */
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Fails, by id, every activity whose lease belongs to a dead process of this host, so that Temporal
 * starts the next attempt now and not after the heartbeat timeout. Answers how many it failed.
 */
export async function takeOverDeadWork(client: Client, store: Storage): Promise<number> {
  let failed = 0;
  // Without a delay of its own the next attempt would wait longer after every death.
  const died = tryAgain('WorkerDied', 'the worker died', 1000);
  for (const lease of await store.deadLeases()) {
    const { workflowId, runId, activityId } = lease.holder;
    try {
      // A collector's lease, or a torn one, is no activity's.
      if (RUN_ID.test(runId)) {
        await client.activity.fail({ workflowId, runId, activityId }, died);
        failed += 1;
      }
    } catch (error) {
      // Finished, timed out or unknown to this server: nothing waits for it.
      if (!(error instanceof ActivityNotFoundError)) throw error;
    }
    await store.dropLease(lease);
  }
  return failed;
}
