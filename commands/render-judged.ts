/** The tables of `evaluate` and `backtest` on the terminal, read from the artifacts where this host has them. */
import { existsSync, readFileSync } from 'node:fs';
import type { RunResult } from '../activities/contract.js';
import type { Backtest, DailyStatistics, RuleResult } from '../lib/backtest/types.js';
import type { Evaluation } from '../lib/evaluation/types.js';
import { renderTable } from './output.js';

/** More quantiles than this are shown by their ends. */
const MOST_ROWS = 20;
const SHOWN_AT_ENDS = 5;

const number = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);
const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(2)}%`);
const interval = (ends: readonly [number, number] | null, digits: number): string =>
  ends === null ? '-' : `${ends[0].toFixed(digits)} to ${ends[1].toFixed(digits)}`;

function readArtifact<T>({ artifacts }: RunResult, name: string): T | null {
  const file = artifacts[name];
  if (file === undefined || !existsSync(file)) return null;
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** Returns by quantile with what has to be said of them; empty where the artifact is on another host. */
export function renderEvaluation(result: RunResult): string {
  const evaluation = readArtifact<Evaluation>(result, 'evaluation');
  if (evaluation === null) return '';
  const { signal, scope, exPost, grid, quantiles, spread, monotonicity, reasons } = evaluation;
  const of = signal === 'model' ? '' : `, signal ${signal}`;
  const label = exPost ? `${scope} (ex post: looks ahead, cannot be traded)` : scope;
  const rows = quantiles.map((row) => [
    String(row.quantile),
    String(row.count),
    number(row.meanBp, 4),
    number(row.standardErrorBp, 4),
    number(row.t, 2),
    percent(row.cumReturn),
  ]);
  const gap = ['...', '', '', '', '', ''];
  const shown =
    rows.length <= MOST_ROWS ? rows : [...rows.slice(0, SHOWN_AT_ENDS), gap, ...rows.slice(-SHOWN_AT_ENDS)];
  return [
    '',
    `${grid.bins} quantiles, scope ${label}${of}, before costs`,
    renderTable(['quantile', 'rows', 'mean bp', 'std error', 't', 'cumulative'], shown),
    `top minus bottom ${number(spread.meanBp, 4)} bp (95 %: ${interval(spread.interval95Bp, 4)}), monotonicity ${number(monotonicity, 2)}`,
    ...(grid.note === null || reasons['quantiles']?.includes(grid.note) ? [] : [grid.note]),
    ...reasonLines(reasons),
  ].join('\n');
}

/** The rules side by side with holding; empty where the artifact is on another host. */
export function renderBacktest(result: RunResult): string {
  const backtest = readArtifact<Backtest>(result, 'backtest');
  if (backtest === null) return '';
  const { headline, exPost, buyAndHold, reasons } = backtest;
  const rules = exPost === null ? [headline] : [headline, exPost];
  const held = [
    'buy and hold',
    '-',
    '-',
    percent(buyAndHold.totalReturn),
    ...statisticsCells(buyAndHold),
    '-',
  ];
  const trials = headline.net.deflatedSharpe.map(
    ({ trials: count, value }) => `${count}: ${number(value, 3)}`,
  );
  return [
    '',
    `${headline.rule.text}${backtest.signal === 'model' ? '' : `, signal ${backtest.signal}`}, fee ${number(backtest.costs.feeFrac * 1e4, 2)} bp a side${backtest.costs.funding === null ? '' : ', funding charged'}`,
    renderTable(
      ['scope', 'break-even bp', '95 %', 'net', 'Sharpe', '95 %', 'deepest drawdown', 'trades'],
      [...rules.map(ruleCells), held],
    ),
    `probability that the Sharpe ratio is above 0: ${number(headline.net.probabilisticSharpe, 3)}; deflated, by trials: ${trials.join(', ')}`,
    `The store remembers ${result.runsInStore} run${result.runsInStore === 1 ? '' : 's'}: each look at a result is a trial (backtest.trials).`,
    ...reasonLines(reasons),
  ].join('\n');
}

/** Why numbers are absent; equal reasons once. */
function reasonLines(reasons: Readonly<Record<string, string>>): string[] {
  const names = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(reasons))
    names.set(reason, [...(names.get(reason) ?? []), name]);
  return [...names].map(([reason, [first, ...more]]) =>
    more.length === 0 ? `${first}: ${reason}` : `${first} and ${more.length} more: ${reason}`,
  );
}

function ruleCells({ rule, breakEven, net, trading }: RuleResult): string[] {
  return [
    rule.exPost ? `${rule.scope} (ex post)` : rule.scope,
    number(breakEven.feeBp, 3),
    interval(breakEven.feeBp95, 3),
    percent(net.totalReturn),
    ...statisticsCells(net),
    String(trading.trades),
  ];
}

function statisticsCells({ sharpe, sharpe95, drawdown }: DailyStatistics): string[] {
  const fall = drawdown === null ? '-' : `${percent(drawdown.depth)} ${drawdown.peak} to ${drawdown.trough}`;
  return [number(sharpe, 2), interval(sharpe95, 2), fall];
}
