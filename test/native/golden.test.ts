import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Booster } from '../../native/index.js';
import { hasGolden, readGoldenText } from './golden-data.js';
import { BOTH, DEFAULTS, DETERMINISTIC, expectScores, GoldenBench } from './golden-training.js';

describe.skipIf(!hasGolden)('training on the golden rows of the Python reference', () => {
  let bench: GoldenBench;
  beforeAll(async () => {
    bench = await GoldenBench.start(2);
  });
  afterAll(() => bench.close());

  it('gives the model, predictions and scores of 100 fixed rounds to the last bit', async () => {
    const result = await bench.run({ params: DETERMINISTIC, rounds: 100 });
    await bench.expectGolden(result, '100-rounds');
    expectScores(result, JSON.parse(readGoldenText('training-100-rounds.json')));
  });

  it('stops where the Python callback stops, and continues from that model as Python does', async () => {
    const expected = JSON.parse(readGoldenText('training-deterministic.json'));
    const first = await bench.run({ params: DETERMINISTIC, rounds: 250, earlyStopping: BOTH });
    await bench.expectGolden(first, 'deterministic');
    expectScores(first, expected);
    expect([first.bestIteration, first.decidedBy]).toEqual([expected.best_iteration, 'ic']);

    const parent = bench.keep(await Booster.fromString(readGoldenText('model-deterministic.txt')));
    const more = await bench.run({
      params: DETERMINISTIC,
      rounds: 50,
      earlyStopping: BOTH,
      initModel: parent,
    });
    await bench.expectGolden(more, 'deterministic-continued');
    expectScores(more, expected.continued);
    expect(more.bestIteration).toBe(expected.continued.best_iteration);
  });

  it('gives the thread-dependent models of two threads as well', async () => {
    const first = await bench.run({ params: DEFAULTS, rounds: 250, earlyStopping: BOTH });
    await bench.expectGolden(first, 'fresh');
    const parent = bench.keep(await Booster.fromString(readGoldenText('model-fresh.txt')));
    await bench.expectGolden(
      await bench.run({ params: DEFAULTS, rounds: 50, earlyStopping: BOTH, initModel: parent }),
      'continued',
    );
  });
});
