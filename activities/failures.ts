/** The one place where typed errors become Temporal failures: who retries what, and when. */
import { activityInfo, CancelledFailure, type Info } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { ExchangeError, PipelineError } from '../lib/errors.js';

/** Attempts in a row without an answer from the exchange after which a stage gives up. */
const MOST_UNANSWERED: Readonly<Record<string, number>> = { observe: 3 };
const MOST_UNANSWERED_DEFAULT = 8;

/** What an attempt tells its successor through the heartbeat. */
export interface AttemptMemory {
  readonly unanswered: number;
}

/** The memory of the attempt before this one. */
export function attemptMemory(info: Info = activityInfo()): AttemptMemory {
  const details = info.heartbeatDetails as Partial<AttemptMemory> | undefined;
  return { unanswered: typeof details?.unanswered === 'number' ? details.unanswered : 0 };
}

/** What the next attempt is told: a limit is an answer where one was asked for; `waiting` says until when. */
export function memoryAfter(thrown: unknown, memory: AttemptMemory): AttemptMemory & { waiting?: string } {
  if (!(thrown instanceof ExchangeError)) return memory;
  if (thrown.retryAfterMs === null) return { unanswered: memory.unanswered + 1 };
  const { waiting } = thrown.details;
  const unanswered = thrown.details.nothingAsked === true ? memory.unanswered : 0;
  return { unanswered, ...(typeof waiting === 'string' ? { waiting } : {}) };
}

/** Another attempt, or another worker, may succeed: tried again after `delayMs`, without noise. */
export function tryAgain(type: string, message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    // Zero would end the activity for ever.
    nextRetryDelay: Math.max(1000, Math.round(delayMs)),
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** What else a failure should tell. */
export interface FailureContext {
  readonly info?: Info;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The failure that makes Temporal do what the error asks for.
 * Rate limits come back when the exchange said; unanswered requests some times in a row; all else is final.
 */
export function toFailure(thrown: unknown, memory: AttemptMemory, context: FailureContext = {}): Error {
  const { info = activityInfo(), details = {} } = context;
  if (thrown instanceof ApplicationFailure || thrown instanceof CancelledFailure) return thrown;
  if (thrown instanceof ExchangeError) return exchangeFailure(thrown, memory, { info, details });
  const typed = thrown instanceof PipelineError ? thrown : null;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return ApplicationFailure.create({
    type: typed?.name ?? 'UnexpectedError',
    message: typed?.message ?? `${error.name}: ${error.message}`,
    nonRetryable: true,
    details: [{ ...details, code: typed?.code ?? 'UNEXPECTED', ...typed?.details }],
    cause: error,
  });
}

function exchangeFailure(
  error: ExchangeError,
  memory: AttemptMemory,
  { info, details }: Required<FailureContext>,
): ApplicationFailure {
  if (error.retryAfterMs !== null) {
    // Spread the return of many activities over a second, by attempt and id rather than by chance.
    const jitterMs = (info.attempt * 137 + info.activityId.length * 61) % 1000;
    return tryAgain('RateLimited', error.message, error.retryAfterMs + jitterMs);
  }
  const most = MOST_UNANSWERED[info.activityType] ?? MOST_UNANSWERED_DEFAULT;
  const final = memory.unanswered + 1 >= most;
  return ApplicationFailure.create({
    type: 'ExchangeError',
    message: final
      ? `${error.message} Gave up after ${memory.unanswered + 1} attempts in a row.`
      : error.message,
    nonRetryable: final,
    details: [{ ...details, code: error.code, ...error.details }],
  });
}
