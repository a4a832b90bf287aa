import { describe, expect, it } from 'vitest';
import { artifactsOf, servingFolds, trainingLabel, type Artifact } from '../../../lib/plan/artifacts.js';
import { graphInput, type GraphChange } from './fixtures.js';
import { buildGraph } from '../../../lib/plan/graph.js';
import type { KnownRecord } from '../../../lib/plan/node.js';

const OUTPUTS = [
  'bars',
  'rows',
  'model',
  'predictions',
  'evaluation',
  'quantiles',
  'quantilesPng',
  'backtest',
  'equity',
  'trades',
  'equityPng',
  'alphaPng',
  'page',
];

/** Artifacts of a run in which every node but `missing` finished. */
function artifacts(change: GraphChange = {}, missing: readonly string[] = []): Map<string, Artifact> {
  const input = graphInput(change);
  const nodes = buildGraph(input);
  const records = new Map(
    nodes
      .filter(({ id }) => !missing.includes(id))
      .map(({ id }): [string, KnownRecord] => [
        id,
        { key: id, cost: { wallMs: 0 }, outputs: OUTPUTS.map((name) => ({ name, digest: `${id}#${name}` })) },
      ]),
  );
  const { config, folds } = input;
  return new Map(artifactsOf({ config, nodes, records, folds }).map((artifact) => [artifact.name, artifact]));
}

const filesOf = (artifact: Artifact | undefined): string[] =>
  artifact?.kind === 'tree' ? artifact.files.map(({ relativePath }) => relativePath) : [];

describe('artifacts', () => {
  it('stand at the documented paths', () => {
    const found = artifacts();
    expect(Object.fromEntries([...found].map(([name, { path }]) => [name, path]))).toEqual({
      'klines/BTCUSDT': 'data/feather/BTCUSDT_1m.parquet',
      'klines/ETHUSDT': 'data/feather/ETHUSDT_1m.parquet',
      modelData: 'data/processed/ALL_1m_model_data.parquet',
      models: 'models/ALL_1m',
      predictions: 'data/predictions/ALL_1m_predictions.parquet',
      evaluation: 'data/eval/ALL_1m_quantiles_10_timestamp.json',
      quantiles: 'data/eval/ALL_1m_quantiles_10_timestamp.csv',
      quantilesPlot: 'data/eval/ALL_1m_quantiles_10_timestamp.png',
      backtest: 'plot/ALL_1m_backtest_q10_long_10_timestamp.json',
      equity: 'plot/ALL_1m_equity_q10_long_10_timestamp.parquet',
      trades: 'plot/ALL_1m_trades_q10_long_10_timestamp.parquet',
      equityPlot: 'plot/ALL_1m_equity_q10_long_10_timestamp.png',
      alphaPlot: 'plot/ALL_1m_alpha_q10_long_10_timestamp.png',
      report: 'report/index.html',
    });
    expect(filesOf(found.get('models'))).toEqual(['fold_01.txt', 'fold_02.txt']);
    expect(filesOf(found.get('predictions'))).toEqual(['fold_01.parquet', 'fold_02.parquet']);
    expect(filesOf(found.get('klines/BTCUSDT'))).toEqual([
      'BTCUSDT-1m-2023-03.parquet',
      'BTCUSDT-1m-2023-04.parquet',
    ]);
  });

  it('follow the configured folders', () => {
    const found = artifacts({
      config: { data_dir: 'd', models_dir: 'm', plot_dir: 'p', feather_dir: '/abs/klines' },
    });
    expect(found.get('klines/BTCUSDT')!.path).toBe('/abs/klines/BTCUSDT_1m.parquet');
    expect(found.get('predictions')!.path).toBe('d/predictions/ALL_1m_predictions.parquet');
    expect(found.get('equityPlot')!.path).toMatch(/^p\//);
  });

  it('tell the results of a formula from those of the model and of other formulas', () => {
    const pathOf = (signal: string): string =>
      artifacts({ config: { evaluate: { signal } } }).get('quantiles')!.path;
    expect(pathOf('-rsi')).toMatch(/^data\/eval\/ALL_1m_quantiles_10_timestamp_-rsi-[0-9a-f]{6}\.csv$/);
    expect(pathOf('rsi / bop')).not.toBe(pathOf('rsi * bop'));
    expect(pathOf('rsi / ../../bop')).not.toMatch(/eval\/.*\//);
  });

  it('take the name of the one symbol that is trained or judged', () => {
    const single = artifacts({ config: { train_symbols: ['BTCUSDT'] } });
    expect(single.get('models')!.path).toBe('models/BTCUSDT_1m');
    const judged = artifacts({ options: { until: 'backtest', symbols: ['ETHUSDT'] } });
    expect(judged.get('equityPlot')!.path).toBe('plot/ETHUSDT_1m_equity_q10_long_10_date.png');
    expect(judged.get('models')!.path).toBe('models/ALL_1m');
  });

  it('leave a folder as it was when one of its members failed', () => {
    const found = artifacts({}, ['fold/2023-04-11', 'predict/2023-04-11']);
    expect(found.has('models')).toBe(false);
    expect(found.has('predictions')).toBe(false);
    expect(found.has('modelData')).toBe(true);
  });

  it('hold the continued models and not their parents', () => {
    const input = graphInput({ options: { continueRounds: 50 } });
    expect(servingFolds({ nodes: buildGraph(input) }).map(({ id }) => id)).toEqual([
      'fold/2023-04-01+50',
      'fold/2023-04-11+50',
    ]);
    const models = artifacts({ options: { continueRounds: 50 } }).get('models') as Extract<
      Artifact,
      { kind: 'tree' }
    >;
    expect(models.files.map(({ digest }) => digest)).toEqual([
      'fold/2023-04-01+50#model',
      'fold/2023-04-11+50#model',
    ]);
    expect(trainingLabel(input.config)).toBe('ALL');
  });
});
