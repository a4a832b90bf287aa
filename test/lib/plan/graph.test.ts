import { describe, expect, it } from 'vitest';
import { readRange } from '../../../lib/plan/graph-input.js';
import { dependenciesOf } from '../../../lib/plan/node.js';
import { graph, graphInput, nodeOf, observed, twoFolds } from './fixtures.js';

const idsOf = (nodes: { id: string }[]): string[] => nodes.map(({ id }) => id);

describe('buildGraph', () => {
  it('makes a partition a symbol and month, a fold and a prediction a window, and the results', () => {
    expect(idsOf(graph()).sort()).toEqual(
      [
        ...['BTCUSDT', 'ETHUSDT'].flatMap((symbol) =>
          ['klines', 'features'].flatMap((stage) =>
            ['2023-03', '2023-04'].map((month) => `${stage}/${symbol}/${month}`),
          ),
        ),
        ...['2023-04-01', '2023-04-11'].flatMap((label) => [`fold/${label}`, `predict/${label}`]),
        'evaluate',
        'backtest',
        'report/quantiles',
        'report/equity',
        'report/page',
      ].sort(),
    );
  });

  it('lists every node after the nodes it reads', () => {
    const seen = new Set<string>();
    for (const node of graph()) {
      for (const id of dependenciesOf(node)) expect(seen, `${node.id} reads ${id}`).toContain(id);
      seen.add(node.id);
    }
  });

  it('reads the month before for the look-back, never before the first month of the range', () => {
    const nodes = graph();
    expect(dependenciesOf(nodeOf(nodes, 'features/BTCUSDT/2023-03'))).toEqual(['klines/BTCUSDT/2023-03']);
    const april = nodeOf(nodes, 'features/BTCUSDT/2023-04');
    expect(dependenciesOf(april)).toEqual(['klines/BTCUSDT/2023-03', 'klines/BTCUSDT/2023-04']);
    const window = april.inputs[0]!.window!;
    expect((Date.UTC(2023, 3, 1) - window[0]) / 60_000).toBe(513);
  });

  it('has no nodes for months before a symbol was listed', () => {
    const symbols = [
      observed('BTCUSDT', '2022-01-01', '2023-04-30'),
      observed('ETHUSDT', '2023-04-10', '2023-04-30'),
    ];
    const nodes = graph({
      input: { observation: { closedEndMs: Date.UTC(2023, 4, 1), symbols, rechecked: {} } },
    });
    expect(idsOf(nodes).filter((id) => id.startsWith('klines/ETH'))).toEqual(['klines/ETHUSDT/2023-04']);
    expect(nodeOf(nodes, 'klines/ETHUSDT/2023-04').params.startMs).toBe(Date.UTC(2023, 3, 10));
  });

  it('keeps whole months of klines whatever the day of start_date', () => {
    const nodes = graph({ config: { start_date: '2023-03-15' } });
    expect(nodeOf(nodes, 'klines/BTCUSDT/2023-03').params.startMs).toBe(Date.UTC(2023, 2, 1));
  });

  it('reads bars from the first month on, or from the listing', () => {
    const input = graphInput({ config: { start_date: '2023-03-15' } });
    const fromOf = (since: string): number =>
      readRange(input, observed('BTCUSDT', since, '2023-04-30')).startMs;
    expect(fromOf('2022-01-01')).toBe(Date.parse('2023-03-01'));
    expect(fromOf('2023-03-07')).toBe(Date.parse('2023-03-07'));
    expect(fromOf('2023-04-07')).toBe(Date.parse('2023-04-07'));
  });

  it('gives the open month the last closed day as its end', () => {
    const symbols = [
      observed('BTCUSDT', '2022-01-01', '2023-04-12'),
      observed('ETHUSDT', '2022-01-01', '2023-04-12'),
    ];
    const nodes = graph({
      input: { observation: { closedEndMs: Date.UTC(2023, 3, 12), symbols, rechecked: {} } },
    });
    expect(nodeOf(nodes, 'klines/BTCUSDT/2023-04').params.endMs).toBe(Date.UTC(2023, 3, 12));
  });

  it('orders the symbols of a fold by name, so that the order in the config moves no tree', () => {
    const swapped = graph({ config: { train_symbols: ['BTCUSDT', 'ETHUSDT'] } });
    expect(nodeOf(graph(), 'fold/2023-04-01')).toEqual(nodeOf(swapped, 'fold/2023-04-01'));
    expect(nodeOf(swapped, 'fold/2023-04-01').params.symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
  });

  it('tells a fold nothing of its test window and nothing of the backtest', () => {
    const text = JSON.stringify(nodeOf(graph({ config: { backtest: { fee: 0.0123 } } }), 'fold/2023-04-01'));
    expect(text).not.toContain('2023-04-11');
    expect(text).not.toContain('0.0123');
  });

  it('keeps politeness and listings out of the parameters of klines', () => {
    const polite = nodeOf(
      graph({ config: { request_delay: 2, max_klines_per_request: 100 } }),
      'klines/BTCUSDT/2023-03',
    );
    expect(polite.params).toEqual(nodeOf(graph(), 'klines/BTCUSDT/2023-03').params);
    expect(polite.hints).toMatchObject({ requestDelayMs: 2000, maxKlinesPerRequest: 100 });
  });

  it('continues each fold from its own model', () => {
    const nodes = graph({ options: { continueRounds: 50 } });
    const continued = nodeOf(nodes, 'fold/2023-04-01+50');
    expect(dependenciesOf(continued)).toContain('fold/2023-04-01');
    expect(continued.params.continued).toEqual({ rounds: 50 });
    expect(dependenciesOf(nodeOf(nodes, 'predict/2023-04-01'))).toContain('fold/2023-04-01+50');
  });

  it('defaults to the cross-section for several symbols and to the day for one', () => {
    expect(nodeOf(graph(), 'backtest').params.scope).toBe('timestamp');
    const single = graph({ options: { symbols: ['BTCUSDT'], until: 'backtest' } });
    expect(nodeOf(single, 'backtest').params).toMatchObject({ scope: 'date', symbols: ['BTCUSDT'] });
  });
});

describe('selection', () => {
  it('cuts the run at its last stage and keeps the figures of that stage', () => {
    const stages = (until: 'klines' | 'features' | 'predict' | 'evaluate' | 'backtest'): string[] => [
      ...new Set(
        idsOf(graph({ options: { until } })).map((id) =>
          id
            .split('/')
            .slice(0, id.startsWith('report') ? 2 : 1)
            .join('/'),
        ),
      ),
    ];
    expect(stages('klines')).toEqual(['klines']);
    expect(stages('features')).toEqual(['klines', 'features']);
    expect(stages('predict')).toEqual(['klines', 'features', 'fold', 'predict']);
    expect(stages('evaluate')).toEqual([
      'klines',
      'features',
      'fold',
      'predict',
      'evaluate',
      'report/quantiles',
    ]);
    expect(stages('backtest')).toContain('report/equity');
    expect(stages('backtest')).not.toContain('report/page');
  });

  it('downloads only the symbols asked for', () => {
    const nodes = graph({ options: { until: 'features', symbols: ['ETHUSDT'] } });
    expect(idsOf(nodes).every((id) => id.includes('ETHUSDT'))).toBe(true);
  });

  it('still trains on all symbols when one is judged', () => {
    const nodes = graph({ options: { until: 'evaluate', symbols: ['ETHUSDT'] } });
    expect(idsOf(nodes)).toContain('features/BTCUSDT/2023-03');
    expect(nodeOf(nodes, 'evaluate').params.symbols).toEqual(['ETHUSDT']);
  });

  it('tells the evaluation what is known of the months whose bars it judges', () => {
    const inputs = new Map(nodeOf(graph(), 'evaluate').inputs.map((input) => [input.name, input]));
    for (const symbol of ['BTCUSDT', 'ETHUSDT'])
      expect(inputs.get(`quality/${symbol}`)).toEqual({
        name: `quality/${symbol}`,
        nodes: inputs.get(`bars/${symbol}`)!.nodes,
        output: 'quality',
        window: null,
      });
  });

  it('has no results without folds', () => {
    expect(idsOf(graph({ input: { folds: [] } }))).not.toContain('evaluate');
    expect(twoFolds).toHaveLength(2);
  });
});
