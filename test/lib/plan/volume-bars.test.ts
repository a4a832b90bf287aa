import { describe, expect, it } from 'vitest';
import { monthEndMs, monthStartMs } from '../../../lib/bars/index.js';
import { DAY, graph, nodeOf } from './fixtures.js';

const volume = {
  config: { bar_type: 'volume' as const, volume_bar_size: { BTCUSDT: 500, ETHUSDT: 6000 } },
  input: { features: { columns: ['rsi'], categorical: [], lookBackBars: 512, lookBackDays: 31 } },
};
const times = graph();
const nodes = graph(volume);

describe('the graph of volume bars', () => {
  it('downloads what time bars do', () => {
    const klines = (all: typeof nodes): unknown => all.filter(({ program }) => program === 'klines');
    expect(klines(nodes)).toEqual(klines(times));
  });

  it("gives each symbol's features its own size, and the days before their month", () => {
    const april = nodeOf(nodes, 'features/ETHUSDT/2023-04');
    expect(april.params['volumeBarSize']).toBe(6000);
    expect(april.inputs[0]!.window).toEqual([monthStartMs('2023-04') - 31 * DAY, monthEndMs('2023-04')]);
    expect(april.inputs[0]!.nodes).toEqual(['klines/ETHUSDT/2023-03', 'klines/ETHUSDT/2023-04']);
  });

  it('tells every later stage what its rows are, and ranks them by day', () => {
    expect(nodeOf(nodes, 'fold/2023-04-01').params).toMatchObject({
      ofVolumeBars: true,
      targetName: 'fwd1bar',
    });
    expect(nodeOf(nodes, 'predict/2023-04-01').params).toMatchObject({ ofVolumeBars: true });
    const sizes = { BTCUSDT: 500, ETHUSDT: 6000 };
    expect(nodeOf(nodes, 'evaluate').params).toMatchObject({ volumeBarSizes: sizes, scope: 'date' });
    expect(nodeOf(nodes, 'backtest').params).toMatchObject({ volumeBarSizes: sizes, scope: 'date' });
  });

  it('adds no leaf to the keys of time bars', () => {
    const leaves = new Set(times.flatMap(({ params }) => Object.keys(params)));
    for (const name of ['volumeBarSize', 'volumeBarSizes', 'ofVolumeBars'])
      expect(leaves).not.toContain(name);
  });
});
