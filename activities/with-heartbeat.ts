/** A short activity that is no stage: beats while it works and turns its errors into failures. */
import { Context } from '@temporalio/activity';
import { attemptMemory, memoryAfter, toFailure } from './failures.js';

const BEAT_MS = 1000;

/**
 * Runs `work` with a heartbeat every second, which carries what it last told; what it throws becomes the
 * failure that Temporal needs.
 */
export async function withHeartbeat<T>(
  work: (signal: AbortSignal, tell: (detail: object) => void) => Promise<T>,
): Promise<T> {
  const memory = attemptMemory();
  const context = Context.current();
  const beat = (told: object): void => context.heartbeat(told);
  beat(memory);
  let detail = {};
  const timer = setInterval(() => beat({ ...memory, ...detail }), BEAT_MS);
  try {
    return await work(context.cancellationSignal, (told) => (detail = told));
  } catch (thrown) {
    beat(memoryAfter(thrown, memory));
    throw toFailure(thrown, memory);
  } finally {
    clearInterval(timer);
  }
}
