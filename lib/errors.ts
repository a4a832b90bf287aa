/**
 * The errors of minute-alpha, named by what the system must do about them.
 * Every message says what failed, what was expected and got, and what to do.
 */

export interface ErrorParts {
  /** What failed, with what was expected and what was got. One sentence, no trailing fix. */
  what: string;
  /** What the reader should do now. */
  fix: string;
  /** Plain JSON that a program may read. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** Base of all typed errors; `message` is `what` followed by `fix`. */
export class PipelineError extends Error {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, parts: ErrorParts) {
    super(`${parts.what} ${parts.fix}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = new.target.name;
    this.code = code;
    this.what = parts.what;
    this.fix = parts.fix;
    this.details = parts.details ?? {};
  }
}

/** The user must change the config, a flag or the environment; a retry cannot help. */
export class ConfigError extends PipelineError {}

/** The input data cannot be used; the stage stops, a retry cannot help. */
export class DataError extends PipelineError {}

/** The exchange failed in a way that passes; retry, after `retryAfterMs` where it said when. */
export class ExchangeError extends PipelineError {
  /** Wait of at least this many ms before any request to that origin; null where nothing was said. */
  readonly retryAfterMs: number | null;

  constructor(code: string, parts: ErrorParts & { retryAfterMs?: number | null }) {
    super(code, parts);
    this.retryAfterMs = parts.retryAfterMs ?? null;
  }
}

/** Stored bytes are missing or not what their name says; drop them and rebuild `node`. */
export class StoreIntegrityError extends PipelineError {}

/** A component of the machine (library, browser, server, folder) is missing or refused; the user mends it. */
export class SetupError extends PipelineError {}

/** LightGBM or the addon refused a call. */
export class NativeError extends PipelineError {}

/** Our own bug: something that cannot be, was. */
export class InvariantError extends PipelineError {}

const classes = {
  ConfigError,
  DataError,
  ExchangeError,
  StoreIntegrityError,
  SetupError,
  NativeError,
  InvariantError,
};

export interface SerializedError {
  name: string;
  code: string;
  what: string;
  fix: string;
  details: Record<string, unknown>;
  retryAfterMs: number | null;
  stack: string;
}

/** Plain form of any thrown value, for crossing threads and processes; inverse of {@link reviveError}. */
export function serializeError(thrown: unknown): SerializedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const typed = error instanceof PipelineError ? error : null;
  return {
    name: typed ? typed.name : 'Error',
    code: typed?.code ?? 'UNEXPECTED',
    what: typed?.what ?? error.message,
    fix: typed?.fix ?? '',
    details: typed?.details ?? {},
    retryAfterMs: error instanceof ExchangeError ? error.retryAfterMs : null,
    stack: error.stack ?? error.message,
  };
}

/** The typed error that {@link serializeError} flattened; unknown names become a plain Error. */
export function reviveError(flat: SerializedError): Error {
  const constructor = classes[flat.name as keyof typeof classes];
  const error = constructor ? new constructor(flat.code, flat) : new Error(flat.what);
  error.stack = flat.stack;
  return error;
}
