/** The registry of features: what each name means, without a clash. */
import type { BarColumn } from '../bars/index.js';
import { InvariantError } from '../errors.js';
import { BUILT_IN_GROUPS } from './built-ins.js';
import { FUNCTIONS } from './formulas/functions.js';
import { FORMULA_WORDS } from './formulas/tokens.js';
import type { FeatureColumn, FeatureGroup } from './feature-group.js';

/** Bar columns as formulas name them. */
export const BAR_VARIABLES: Readonly<Record<string, BarColumn>> = {
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  volume: 'volume',
  quote_volume: 'quoteVolume',
  trades: 'trades',
  taker_buy_volume: 'takerBuyVolume',
  taker_buy_quote_volume: 'takerBuyQuoteVolume',
};

/** Columns of the model data and the predictions that are no features. */
const OTHER_COLUMNS = ['symbol', 'timestamp', 'close_time', 'target', 'prediction', 'fold'];

const COLUMN_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Why `name` may not name a feature column, or null where it may. */
export function nameProblem(name: string): string | null {
  if (!COLUMN_NAME.test(name)) return 'is no column name: write small letters, digits and _, like "mom30"';
  if (Object.hasOwn(BAR_VARIABLES, name)) return 'is the name of a bar column: choose another name';
  if (OTHER_COLUMNS.includes(name)) return 'is a column that every table has: choose another name';
  if (FORMULA_WORDS.includes(name)) return 'is a word of formulas: choose another name';
  return /^fwd(\d+min|1bar)$/.test(name) ? 'is the name of a target: choose another name' : null;
}

export interface RegisteredColumn {
  readonly group: FeatureGroup;
  readonly column: FeatureColumn;
  /** Position of the column among the outputs of its group's kernel. */
  readonly output: number;
}

export interface FeatureRegistry {
  readonly groups: readonly FeatureGroup[];
  /** Keys that `feature_flags` may hold. */
  readonly flags: readonly string[];
  /** Every feature column by name. */
  readonly columns: ReadonlyMap<string, RegisteredColumn>;
}

/**
 * Registers the groups in order.
 * @throws InvariantError FEATURE_CLASH on a name used twice or reserved, a kernel that reads a feature no
 *   earlier group computes, a group without columns, or a first bar that is no count
 */
export function createRegistry(groups: readonly FeatureGroup[]): FeatureRegistry {
  const columns = new Map<string, RegisteredColumn>();
  const flags: string[] = [];
  for (const group of groups) {
    if (flags.includes(group.name)) clash(group, 'is registered twice');
    if (!COLUMN_NAME.test(group.name)) clash(group, 'has no name of small letters, digits and _');
    if (group.columns.length === 0) clash(group, 'has no columns');
    flags.push(group.name);
    const missing = group.features.find((name) => !columns.has(name));
    if (missing !== undefined) clash(group, `reads "${missing}", which no earlier group computes`);
    group.columns.forEach((column, output) => {
      const problem = columns.has(column.name) ? 'is registered twice' : columnProblem(column);
      if (problem !== null) clash(group, `has a column "${column.name}" that ${problem}`);
      columns.set(column.name, { group, column, output });
    });
  }
  return { groups, flags, columns };
}

function columnProblem({ name, firstBar }: FeatureColumn): string | null {
  if (FUNCTIONS.has(name)) return 'is the name of a function';
  if (!Number.isInteger(firstBar) || firstBar < 0) return `has its first value at bar ${firstBar}`;
  return nameProblem(name);
}

function clash(group: FeatureGroup, problem: string): never {
  throw new InvariantError('FEATURE_CLASH', {
    what: `The feature group "${group.name}" ${problem}.`,
    fix: 'Rename it, or move it behind the group it reads.',
  });
}

/** The registry of the built-in groups. */
export const REGISTRY = createRegistry(BUILT_IN_GROUPS);
