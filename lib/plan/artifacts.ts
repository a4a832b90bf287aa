/** Where the outputs of a run appear under names that people use. Pure. */
import { createHash } from 'node:crypto';
import { isoOf } from '../bars/interval.js';
import type { BacktestConfig, EvaluateConfig, PipelineConfig } from '../config/types.js';
import type { FoldWindow } from './graph-input.js';
import type { KnownRecord, PlanNode } from './node.js';

/** Characters of a formula in a file name. */
const LONGEST_FORMULA = 40;

/** A folder that is exactly these files, or one file; paths as configured, `/` between parts. */
export type Artifact =
  | { readonly name: string; readonly kind: 'tree'; readonly path: string; readonly files: ArtifactFile[] }
  | { readonly name: string; readonly kind: 'file'; readonly path: string; readonly digest: string };

export interface ArtifactFile {
  readonly relativePath: string;
  readonly digest: string;
}

/** The finished nodes of a run. */
export interface FinishedRun {
  readonly config: PipelineConfig;
  readonly nodes: readonly PlanNode[];
  readonly records: ReadonlyMap<string, KnownRecord>;
  readonly folds: readonly FoldWindow[];
}

/** All artifacts that the finished nodes make whole; a tree with a missing member is left as it was. */
export function artifactsOf(run: FinishedRun): Artifact[] {
  return [
    ...klineTrees(run),
    ...modelDataTree(run),
    ...modelTree(run),
    ...predictionTree(run),
    ...resultFiles(run),
  ];
}

/** `ALL` when training on several symbols, else the symbol. */
export function trainingLabel(config: PipelineConfig): string {
  return config.trainSymbols.length > 1 ? 'ALL' : config.trainSymbols[0]!;
}

/** `fold_01`, ... by the fold's number. */
export function foldName(number: number): string {
  return `fold_${String(number).padStart(2, '0')}`;
}

/** Name of a trading rule in file names: `q10_long`. */
export function ruleName(backtest: Pick<BacktestConfig, 'quantile' | 'side'>): string {
  return `q${backtest.quantile}_${backtest.side}`;
}

function digestOf(run: FinishedRun, id: string, output: string): string | null {
  return run.records.get(id)?.outputs.find(({ name }) => name === output)?.digest ?? null;
}

/** The files of some nodes, or null when one of them is not there. */
function filesOf(
  run: FinishedRun,
  nodes: readonly PlanNode[],
  output: string,
  nameOf: (node: PlanNode) => string,
): ArtifactFile[] | null {
  const files: ArtifactFile[] = [];
  for (const node of nodes) {
    const digest = digestOf(run, node.id, output);
    if (digest === null) return null;
    files.push({ relativePath: nameOf(node), digest });
  }
  return files.length === 0 ? null : files;
}

function tree(name: string, path: string, files: ArtifactFile[] | null): Artifact[] {
  return files === null ? [] : [{ name, kind: 'tree', path, files }];
}

function nodesOf(run: FinishedRun, program: PlanNode['program']): PlanNode[] {
  return run.nodes.filter((node) => node.program === program);
}

function partitionFile(node: PlanNode): string {
  return `${String(node.params.symbol)}-${String(node.params.interval)}-${String(node.params.month)}.parquet`;
}

function klineTrees(run: FinishedRun): Artifact[] {
  const { config } = run;
  const nodes = nodesOf(run, 'klines');
  return [...new Set(nodes.map(({ params }) => String(params.symbol)))].flatMap((symbol) => {
    const own = nodes.filter(({ params }) => params.symbol === symbol);
    const path = `${config.paths.klines}/${symbol}_${config.interval}.parquet`;
    return tree(`klines/${symbol}`, path, filesOf(run, own, 'bars', partitionFile));
  });
}

function modelDataTree(run: FinishedRun): Artifact[] {
  const { config } = run;
  const nodes = nodesOf(run, 'features');
  const symbols = [...new Set(nodes.map(({ params }) => String(params.symbol)))];
  const label = symbols.length > 1 ? 'ALL' : symbols[0];
  const path = `${config.paths.processed}/${label}_${config.interval}_model_data.parquet`;
  return tree('modelData', path, filesOf(run, nodes, 'rows', partitionFile));
}

function numberOf(run: FinishedRun, node: PlanNode): number {
  const label = node.id.slice(node.id.indexOf('/') + 1).replace(/\+\d+$/, '');
  return run.folds.find((fold) => isoOf(fold.testStartMs) === label)?.number ?? 0;
}

/** The models in use: of a continued fold only the continued one. */
export function servingFolds(run: Pick<FinishedRun, 'nodes'>): PlanNode[] {
  const folds = run.nodes.filter(({ program }) => program === 'fold');
  const parents = new Set(
    folds.flatMap(({ inputs }) =>
      inputs.filter(({ name }) => name === 'parent').flatMap(({ nodes }) => nodes),
    ),
  );
  return folds.filter(({ id }) => !parents.has(id));
}

function modelTree(run: FinishedRun): Artifact[] {
  const { config } = run;
  const path = `${config.paths.models}/${trainingLabel(config)}_${config.interval}`;
  const nameOf = (node: PlanNode): string => `${foldName(numberOf(run, node))}.txt`;
  return tree('models', path, filesOf(run, servingFolds(run), 'model', nameOf));
}

function predictionTree(run: FinishedRun): Artifact[] {
  const { config } = run;
  const path = `${config.paths.predictions}/${trainingLabel(config)}_${config.interval}_predictions.parquet`;
  const nameOf = (node: PlanNode): string => `${foldName(numberOf(run, node))}.parquet`;
  return tree('predictions', path, filesOf(run, nodesOf(run, 'predict'), 'predictions', nameOf));
}

/** Evaluation, backtest, figures and page under the documented names. */
function resultFiles(run: FinishedRun): Artifact[] {
  const { config } = run;
  const { evaluation, plots, report } = config.paths;
  const evaluated = stem(run, 'evaluate', config.evaluate, 'quantiles');
  const equity = stem(run, 'backtest', config.backtest, `equity_${ruleName(config.backtest)}`);
  const alpha = stem(run, 'backtest', config.backtest, `alpha_${ruleName(config.backtest)}`);
  const backtest = stem(run, 'backtest', config.backtest, `backtest_${ruleName(config.backtest)}`);
  const trades = stem(run, 'backtest', config.backtest, `trades_${ruleName(config.backtest)}`);
  return [
    ...file(run, 'evaluation', 'evaluate#evaluation', `${evaluation}/${evaluated}.json`),
    ...file(run, 'quantiles', 'evaluate#quantiles', `${evaluation}/${evaluated}.csv`),
    ...file(run, 'ic', 'evaluate#ic', `${evaluation}/${stem(run, 'evaluate', config.evaluate, 'ic')}.csv`),
    ...file(
      run,
      'importance',
      'evaluate#importance',
      `${evaluation}/${stem(run, 'evaluate', config.evaluate, 'importance')}.csv`,
    ),
    ...file(run, 'quantilesPlot', 'report/quantiles#quantilesPng', `${evaluation}/${evaluated}.png`),
    ...file(run, 'backtest', 'backtest#backtest', `${plots}/${backtest}.json`),
    ...file(run, 'equity', 'backtest#equity', `${plots}/${equity}.parquet`),
    ...file(run, 'trades', 'backtest#trades', `${plots}/${trades}.parquet`),
    ...file(run, 'equityPlot', 'report/equity#equityPng', `${plots}/${equity}.png`),
    ...file(run, 'alphaPlot', 'report/equity#alphaPng', `${plots}/${alpha}.png`),
    ...file(run, 'report', 'report/page#page', `${report}/index.html`),
  ];
}

/**
 * `ALL_1m_quantiles_10_trailing`: target, interval, what, bins and scope of a node's own parameters, and
 * the formula where one is judged instead of the model.
 */
function stem(run: FinishedRun, id: string, config: EvaluateConfig, what: string): string {
  const params = run.nodes.find((node) => node.id === id)?.params ?? {};
  const symbols = (params.symbols as string[] | undefined) ?? [];
  const label = symbols.length === 1 ? symbols[0] : 'ALL';
  return `${label}_${run.config.interval}_${what}_${config.bins}_${String(params.scope)}${signalSuffix(config.signal)}`;
}

/** `_-ret10bar-5f3a09`: what of a formula may stand in a file name, and a digest that tells formulas apart. */
function signalSuffix(signal: string | null): string {
  if (signal === null) return '';
  const readable = signal.replace(/[^A-Za-z0-9.+-]+/g, '_').slice(0, LONGEST_FORMULA);
  return `_${readable}-${createHash('sha256').update(signal).digest('hex').slice(0, 6)}`;
}

/** One file where the output of `from`, written `node#output`, is there. */
function file(run: FinishedRun, name: string, from: string, path: string): Artifact[] {
  const [id, output] = from.split('#') as [string, string];
  const digest = digestOf(run, id, output);
  return digest === null ? [] : [{ name, kind: 'file', path, digest }];
}
