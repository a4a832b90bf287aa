/** A short activity that is no stage: beats while it works and turns its errors into failures. */
import { Context } from '@temporalio/activity';
import { attemptMemory, toFailure } from './failures.js';

const BEAT_MS = 1000;

/** Runs `work` with a heartbeat every second; what it throws becomes the failure that Temporal needs. */
export async function withHeartbeat<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const memory = attemptMemory();
  const context = Context.current();
  const beat = (unanswered: number): void => context.heartbeat({ unanswered });
  beat(memory.unanswered);
  const timer = setInterval(() => beat(memory.unanswered), BEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } catch (thrown) {
    beat(memory.unanswered + 1);
    throw toFailure(thrown, memory);
  } finally {
    clearInterval(timer);
  }
}
