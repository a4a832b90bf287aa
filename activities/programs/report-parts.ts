/** What the sections of the page are made from, and how their numbers are shown. Pure. */
import type { Backtest } from '../../lib/backtest/types.js';
import { signalName } from '../../lib/config/signal-name.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import type { MonthQuality } from '../../lib/market/index.js';
import { bp, fixed, percent } from '../../lib/report/format.js';
import type { TableColumn } from '../../lib/report/html-table.js';
import type { Table } from '../../lib/store/table.js';
import type { ReportParams } from './report-input.js';

/** What a fold tells of itself in summary.json, as far as the page shows it. */
export interface FoldSummary {
  readonly rows: { readonly train: number; readonly valid: number };
  readonly roundsRun: number;
  readonly bestRound: number;
  readonly decidedBy: string;
  readonly scores: { readonly ic: number | null; readonly rmse: number | null };
  readonly validScores: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface PageInput {
  readonly params: ReportParams;
  readonly intervalMs: number;
  readonly evaluation: Evaluation;
  readonly backtest: Backtest;
  readonly equity: Table;
  readonly folds: readonly FoldSummary[];
  readonly quality: readonly MonthQuality[];
}

/** What must be said where the evaluated signal is not the traded one; null where it is. */
export function twoSignals({
  evaluation,
  backtest,
}: Pick<PageInput, 'evaluation' | 'backtest'>): string | null {
  if (evaluation.signal === backtest.signal) return null;
  return `The IC and the quantiles are those of ${signalName(evaluation.signal)}; what is traded is ${signalName(backtest.signal)}.`;
}

export const left = (title: string): TableColumn => ({ title, align: 'left' });
export const right = (title: string): TableColumn => ({ title, align: 'right' });
export const four = (value: number | null): string => fixed(value, 4);
export const two = (value: number | null): string => fixed(value, 2);
export const share = (value: number | null): string => percent(value);
export const inBp = (value: number | null): string => bp(value);
