/** A built-in feature as data. */
import type { BarColumn } from '../bars/index.js';
import type { Kernel } from './kernel.js';

/** One column of a group. */
export interface FeatureColumn {
  /** Column name in the model data and in formulas. */
  readonly name: string;
  /** What a value is measured in: `fraction`, `percent`, `0..100`. */
  readonly unit: string;
  /** Definition in the field's notation. */
  readonly formula: string;
  /** Rows of a segment before the first value; the same bars are NaN. */
  readonly firstBar: number;
  /** What stands where the formula divides by zero; null where it never does. */
  readonly zeroRule: string | null;
}

/** Columns that one kernel computes together and one flag of `feature_flags` turns on or off. */
export interface FeatureGroup {
  /** Key in `feature_flags`. */
  readonly name: string;
  readonly summary: string;
  readonly onByDefault: boolean;
  readonly columns: readonly FeatureColumn[];
  /** Bar columns the kernel reads. */
  readonly bars: readonly BarColumn[];
  /** Feature columns the kernel reads, passed to it in this order. */
  readonly features: readonly string[];
  /** A value depends on every bar since the cold start, not on a window of fixed length. */
  readonly recursive: boolean;
  /** Depends on the time or the symbol alone, so it makes no row worth keeping. */
  readonly clock: boolean;
  /** Values are names without an order, for LightGBM's `categorical_feature`. */
  readonly categorical: boolean;
  /** Null where the column is not computed from bars but given with them, under its name. */
  readonly kernel: Kernel | null;
  /** Where the definition comes from. */
  readonly source: string;
}
