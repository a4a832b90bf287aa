/** The functions of formulas as data: what the checker, the planner and the documentation read. */
import { POINTWISE_FUNCTIONS } from './pointwise.js';
import { WINDOWS } from './window-operations.js';

export interface FormulaFunction {
  readonly name: string;
  /** `corr(x, y, bars)`. */
  readonly signature: string;
  /** How many columns it takes. */
  readonly columns: number;
  /** Least number of bars, the last argument; null where it takes none. */
  readonly minBars: number | null;
  /** Number of bars where it is left out; null where it must be given. */
  readonly defaultBars: number | null;
  readonly meaning: string;
}

const POINTWISE_MEANINGS: Readonly<Record<string, string>> = {
  abs: 'absolute value',
  log: 'natural logarithm; NaN at 0 and below',
  sign: '-1, 0 or 1',
  sqrt: 'square root; NaN below 0',
  exp: 'e to the power of x',
  mod: 'remainder of x / y with the sign of y; also `x mod y`',
};

const WINDOW_MEANINGS: Readonly<Record<string, string>> = {
  sum: 'sum of the window: the last `bars` bars, this one included',
  sma: 'mean of the window',
  std: 'sample standard deviation (n - 1) of the window',
  zscore: '(x - mean) / standard deviation, both of the window; NaN where nothing varies',
  min: 'smallest value of the window',
  max: 'largest value of the window',
  rank: 'share of the window below x, half of the values equal to x added; in (0, 1)',
  corr: "Pearson's correlation of x and y in the window; NaN where one does not vary",
};

const pointwise = POINTWISE_FUNCTIONS.map((name): FormulaFunction => {
  const columns = name === 'mod' ? 2 : 1;
  return {
    name,
    signature: columns === 2 ? `${name}(x, y)` : `${name}(x)`,
    columns,
    minBars: null,
    defaultBars: null,
    meaning: POINTWISE_MEANINGS[name]!,
  };
});

const windows = Object.entries(WINDOWS).map(([name, { columns, minWindowBars }]): FormulaFunction => ({
  name,
  signature: columns === 2 ? `${name}(x, y, bars)` : `${name}(x, bars)`,
  columns,
  minBars: minWindowBars,
  defaultBars: null,
  meaning: WINDOW_MEANINGS[name]!,
}));

/** Every function by its name, in the order of the documentation. */
export const FUNCTIONS: ReadonlyMap<string, FormulaFunction> = new Map(
  [
    {
      name: 'lag',
      signature: 'lag(x, bars)',
      columns: 1,
      minBars: 0,
      defaultBars: 1,
      meaning: 'x as it was `bars` bars ago (1 where left out)',
    },
    {
      name: 'diff',
      signature: 'diff(x, bars)',
      columns: 1,
      minBars: 1,
      defaultBars: 1,
      meaning: 'x - lag(x, bars)',
    },
    ...windows,
    {
      name: 'ema',
      signature: 'ema(x, bars)',
      columns: 1,
      minBars: 1,
      defaultBars: null,
      meaning:
        'exponential average with weight 2 / (bars + 1), seeded with the mean of the first `bars` values; missing values are passed over',
    },
    ...pointwise,
  ].map((each) => [each.name, each]),
);
