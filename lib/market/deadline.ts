/** When a request is given up: with its caller, after silence, or when the whole answer is too slow. */

export interface DeadlineLimits {
  /**
   * Silence on the socket after which the request is given up. The whole answer may take four times that, and
   * longer as long as it comes at {@link LEAST_BYTES_PER_S} or faster on average.
   */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer this much slower is as good as none; a month's zip of 2 MB may so take half an hour. */
export const LEAST_BYTES_PER_S = 1024;
/** Time for an answer of any size, in silences. */
const GRACE_FACTOR = 4;

/**
 * Aborts those who listen, once. It is the part of an AbortSignal that axios asks for: a real one with its
 * controller costs as much as a small request.
 */
export class Deadline {
  aborted = false;
  private readonly startedMs = performance.now();
  private heardMs = this.startedMs;
  private bytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly stop = (): void => {
    this.aborted = true;
    for (const listener of [...this.listeners]) listener();
  };

  constructor(private readonly limits: DeadlineLimits) {
    this.arm();
    if (limits.signal?.aborted) this.stop();
    limits.signal?.addEventListener('abort', this.stop, { once: true });
  }

  addEventListener(_abort: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_abort: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  /** More of the answer has come. */
  heard(bytes: number): void {
    this.heardMs = performance.now();
    this.bytes += bytes;
  }

  /** The request is over: nobody is told of anything any more. */
  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.listeners.clear();
    this.limits.signal?.removeEventListener('abort', this.stop);
  }

  /** When to give up, as things stand; moves on with every part that comes. */
  private endMs(): number {
    const { timeoutMs } = this.limits;
    const wholeMs = GRACE_FACTOR * timeoutMs + (this.bytes / LEAST_BYTES_PER_S) * 1000;
    return Math.min(this.heardMs + timeoutMs, this.startedMs + wholeMs);
  }

  private arm(): void {
    this.timer = setTimeout(() => {
      // This thread may have been busy while parts came: they are read before it is decided.
      setImmediate(() => {
        if (this.timer === null) return;
        if (performance.now() >= this.endMs()) this.stop();
        else this.arm();
      });
    }, this.endMs() - performance.now());
  }
}
