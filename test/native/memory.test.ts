import { beforeAll, describe, expect, it } from 'vitest';
import { Booster, Dataset, train } from '../../native/index.js';
import { openLibrary, PARAMS, smallData } from './small-data.js';

const DATA = smallData({ rows: 5000, columns: 10 });
/** What a cycle holds outside JavaScript while nothing of it is disposed, measured. */
const CYCLE_MB = 0.75;

beforeAll(openLibrary);

async function cycle(): Promise<void> {
  const dataset = await Dataset.fromMatrix({ ...DATA, params: PARAMS });
  const valid = await Dataset.fromMatrix({ ...DATA, params: PARAMS, reference: dataset });
  const { booster } = await train({ params: PARAMS, train: dataset, valid, rounds: 2, measureIc: true });
  const copy = await Booster.fromString(await booster.modelText());
  await copy.predict(DATA);
  for (const owner of [dataset, valid, booster, copy]) owner.dispose();
}

/** Resident memory after `times` cycles, MB. */
async function residentAfter(times: number): Promise<number> {
  for (let i = 0; i < times; i += 1) await cycle();
  return process.memoryUsage.rss() / 1e6;
}

describe('memory', () => {
  it('does not grow over 300 cycles of training and disposing', { timeout: 300_000 }, async () => {
    const warm = await residentAfter(100);
    const grown = (await residentAfter(300)) - warm;
    // 300 cycles that leaked would hold 225 MB; the JavaScript collector's swings stay far below 60.
    expect(grown).toBeLessThan(0.25 * 300 * CYCLE_MB);
  });
});
