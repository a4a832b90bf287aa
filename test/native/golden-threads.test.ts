import { afterAll, beforeAll, describe, it } from 'vitest';
import { hasGolden, readGoldenText } from './golden-data.js';
import { DETERMINISTIC, expectScores, GoldenBench } from './golden-training.js';

/** A process has one number of threads, so this file is one of its own: more of them than cores. */
describe.skipIf(!hasGolden)('deterministic training with three threads', () => {
  let bench: GoldenBench;
  beforeAll(async () => {
    bench = await GoldenBench.start(3);
  });
  afterAll(() => bench.close());

  it('gives the model, predictions and scores of 100 fixed rounds to the last bit', async () => {
    const result = await bench.run({ params: DETERMINISTIC, rounds: 100 });
    await bench.expectGolden(result, '100-rounds');
    expectScores(result, JSON.parse(readGoldenText('training-100-rounds.json')));
  });
});
