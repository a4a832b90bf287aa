import { describe, expect, it } from 'vitest';
import { discardBuffers, freeBuffers } from '../../../activities/programs/free-buffers.js';

const MB = 2 ** 20;
const bufferMb = (): number => process.memoryUsage().arrayBuffers / MB;

/** Makes garbage of so many MB, half of it shared. */
function waste(megabytes: number): void {
  new Float64Array((megabytes * MB) / 16).fill(1);
  new Float64Array(new SharedArrayBuffer((megabytes * MB) / 2)).fill(1);
}

/** V8 sweeps buffers in a thread of its own, so the count falls a moment later. */
const fallsBelow = (megabytes: number): Promise<void> =>
  expect.poll(bufferMb, { timeout: 15_000 }).toBeLessThan(megabytes);

describe('memory of buffers', () => {
  it('is given back when asked', async () => {
    freeBuffers();
    const before = bufferMb();
    waste(32);
    expect(bufferMb()).toBeGreaterThan(before + 30);
    freeBuffers();
    await fallsBelow(before + 2);
  });

  it('is given back together when much was discarded', async () => {
    freeBuffers();
    const before = bufferMb();
    waste(32);
    discardBuffers(32 * MB);
    expect(bufferMb()).toBeGreaterThan(before + 30);
    discardBuffers(40 * MB);
    await fallsBelow(before + 2);
  });
});
