/** Memory of buffers given back when it is done with, not when V8 comes round to it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of buffers without use that may wait. */
const WAITING_BYTES = 64 * 2 ** 20;

let collect: (() => void) | null = null;
let waitingBytes = 0;

/** Tells that buffers of so many bytes are done with; frees them together when they are many. */
export function discardBuffers(bytes: number): void {
  waitingBytes += bytes;
  if (waitingBytes >= WAITING_BYTES) freeBuffers();
}

/**
 * Collects garbage now. Buffers lie outside V8's heap, and a thread that waits for LightGBM allocates nothing
 * that would make V8 look for them: without this a fold keeps what it read until it ends. Takes about 10 ms.
 */
export function freeBuffers(): void {
  collect ??= exposedCollector();
  collect();
  waitingBytes = 0;
}

/** The collector, which V8 shows only to contexts made after the flag was set. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
