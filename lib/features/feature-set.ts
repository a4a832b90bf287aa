/** A compiled feature definition. */
import type { BarColumn } from '../bars/index.js';
import type { ColumnPlan, PlannedColumn } from './column-plan.js';

/** One feature column. */
export interface ComputedColumn extends PlannedColumn {
  readonly name: string;
  /** Depends on the time or the symbol alone, so it makes no row worth keeping. */
  readonly clock: boolean;
  readonly categorical: boolean;
}

export interface FeatureSet {
  /** Names of the feature columns: built-ins in registry order, indicators and expressions as configured. */
  readonly columns: readonly string[];
  /** Those of `columns` that are categories. */
  readonly categorical: readonly string[];
  /**
   * Bars needed before the one in which a month's first row is made, at least 512; so the bars to read
   * start `lookBackBars + 1` before the month's start.
   */
  readonly lookBackBars: number;
  /**
   * Rows at the start of a segment that are left out: until every column that can have a value within
   * 512 bars has one.
   */
  readonly warmUpBars: number;
  /** Bar columns that must be read: times, prices and volume, and what kernels and formulas name beside them. */
  readonly barColumns: readonly BarColumn[];
  /** Where each of `columns` is in the plan. */
  readonly computed: readonly ComputedColumn[];
  readonly plan: ColumnPlan;
}
