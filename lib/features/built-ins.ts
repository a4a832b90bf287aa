/** The built-in feature groups, in the order of the model data's columns. */
import type { FeatureColumn, FeatureGroup } from './feature-group.js';
import { PERIOD_BARS } from './kernel.js';
import { ALPHA001_FIRST, ALPHA001_RANK_BARS, alpha001Kernel } from './kernels/alpha001.js';
import { alpha054Kernel } from './kernels/alpha054.js';
import { bopKernel } from './kernels/bop.js';
import { cciKernel } from './kernels/cci.js';
import { dayOfWeekKernel, minuteOfDayKernel } from './kernels/clock.js';
import { mfiKernel } from './kernels/mfi.js';
import { natrKernel } from './kernels/natr.js';
import { LONGEST_RETURN_BARS, returnsKernel } from './kernels/returns.js';
import { rsiKernel, stochRsiKernel } from './kernels/rsi.js';
import { stochKernel } from './kernels/stoch.js';
import { SYMBOL_CODE_COLUMN } from './symbol-code.js';

const defaults = {
  features: [],
  recursive: false,
  clock: false,
  categorical: false,
  onByDefault: true,
} as const;
const TALIB = 'TA-Lib';
const ALPHAS = 'Kakushadze, "101 Formulaic Alphas" (2016)';

const returns: FeatureGroup = {
  ...defaults,
  name: 'returns',
  summary: 'Return from the open of the first to the close of the last of k bars.',
  columns: Array.from({ length: LONGEST_RETURN_BARS }, (_, lag): FeatureColumn => {
    const formula = lag === 0 ? 'C / O - 1' : `C[t] / O[t-${lag}] - 1`;
    return { name: `ret${lag + 1}bar`, unit: 'fraction', formula, firstBar: lag, zeroRule: null };
  }),
  bars: ['open', 'close'],
  kernel: returnsKernel,
  source: 'this project',
};

const bop: FeatureGroup = {
  ...defaults,
  name: 'bop',
  summary: 'Balance of power: where the bar closed against its open, in units of its range.',
  columns: [{ name: 'bop', unit: '-1..1', formula: '(C-O) / (H-L)', firstBar: 0, zeroRule: '0 where H = L' }],
  bars: ['open', 'high', 'low', 'close'],
  kernel: bopKernel,
  source: TALIB,
};

const cci: FeatureGroup = {
  ...defaults,
  name: 'cci',
  summary: 'Commodity channel index: distance of the typical price from its mean, in mean deviations.',
  columns: [
    {
      name: 'cci',
      unit: 'ratio',
      formula: '(TP - SMA14(TP)) / (0.015 * mean(abs(TP[j] - SMA14(TP)[t]), 14 bars)), TP = (H+L+C)/3',
      firstBar: PERIOD_BARS - 1,
      zeroRule: '0 where the numerator or the deviation is at most 1e-14 of the mean',
    },
  ],
  bars: ['high', 'low', 'close'],
  kernel: cciKernel,
  source: TALIB,
};

const mfi: FeatureGroup = {
  ...defaults,
  name: 'mfi',
  summary: 'Money flow index: share of the traded money that flowed while the typical price rose.',
  columns: [
    {
      name: 'mfi',
      unit: '0..100',
      formula: '100 * pos / (pos + neg): sums of TP*V over 14 changes of TP, by the sign of the change',
      firstBar: PERIOD_BARS,
      zeroRule: '0 where nothing flowed; a change of at most 1e-14 of TP is none',
    },
  ],
  bars: ['high', 'low', 'close', 'volume'],
  kernel: mfiKernel,
  source: `${TALIB}, without its floor of 1 under the flow`,
};

const rsi: FeatureGroup = {
  ...defaults,
  name: 'rsi',
  summary: 'Relative strength index: share of the gains in all moves of the close.',
  columns: [
    {
      name: 'rsi',
      unit: '0..100',
      formula: "100 * g / (g + l), Wilder's averages of gains and losses, seeded with the first 14 changes",
      firstBar: PERIOD_BARS,
      zeroRule: '0 where g + l = 0',
    },
  ],
  bars: ['close'],
  recursive: true,
  kernel: rsiKernel,
  source: TALIB,
};

const stochrsi: FeatureGroup = {
  ...defaults,
  name: 'stochrsi',
  summary: 'Stochastic of the RSI: where it stands in its range of 14 bars.',
  columns: [
    {
      name: 'stochrsi',
      unit: '0..100',
      formula: '100 * (RSI - min14(RSI)) / (max14(RSI) - min14(RSI))',
      firstBar: 2 * PERIOD_BARS - 1,
      zeroRule: '0 where the range is at most 1e-14 of max + min',
    },
  ],
  bars: [],
  features: ['rsi'],
  recursive: true,
  kernel: stochRsiKernel,
  source: `${TALIB} (fastK of STOCHRSI)`,
};

const stoch: FeatureGroup = {
  ...defaults,
  name: 'stoch',
  summary: 'Slow stochastic: where the close stands in the range of 14 bars, smoothed once and twice.',
  columns: [
    {
      name: 'slowk',
      unit: '0..100',
      formula: 'SMA3(fastK), fastK = 100 * (C - min14(L)) / (max14(H) - min14(L))',
      firstBar: PERIOD_BARS + 1,
      zeroRule: 'fastK is 0 where the range is at most 1e-14 of max + min',
    },
    {
      name: 'slowd',
      unit: '0..100',
      formula: 'SMA3(slowK)',
      firstBar: PERIOD_BARS + 3,
      zeroRule: 'as slowk',
    },
  ],
  bars: ['high', 'low', 'close'],
  kernel: stochKernel,
  source: TALIB,
};

const natr: FeatureGroup = {
  ...defaults,
  name: 'natr',
  summary: 'Normalised average true range.',
  columns: [
    {
      name: 'natr',
      unit: 'percent of the close',
      formula: "100 * ATR14 / C, Wilder's average seeded with the mean of the true ranges of bars 1..14",
      firstBar: PERIOD_BARS,
      zeroRule: '0 where C = 0',
    },
  ],
  bars: ['high', 'low', 'close'],
  recursive: true,
  kernel: natrKernel,
  source: TALIB,
};

const alpha054: FeatureGroup = {
  ...defaults,
  name: 'alpha054',
  summary: 'Alpha 54: how far above its low the bar closed, weighted by the fall from open to close.',
  onByDefault: false,
  columns: [
    {
      name: 'alpha054',
      unit: 'ratio',
      formula: '-(L-C) * O^5 / ((L-H) * C^5)',
      firstBar: 0,
      zeroRule: '0 where L = H',
    },
  ],
  bars: ['open', 'high', 'low', 'close'],
  kernel: alpha054Kernel,
  source: ALPHAS,
};

const alpha001: FeatureGroup = {
  ...defaults,
  name: 'alpha001',
  summary: `Alpha 1 in a causal form: ranked among its own last ${ALPHA001_RANK_BARS} bars, not across a universe.`,
  onByDefault: false,
  columns: [
    {
      name: 'alpha001',
      unit: '-0.5..0.5',
      formula: `rank(argmax5((ret < 0 ? std20(ret) : C)^2), ${ALPHA001_RANK_BARS}) - 0.5, ret = C[t]/C[t-1] - 1`,
      firstBar: ALPHA001_FIRST,
      zeroRule: null,
    },
  ],
  bars: ['close'],
  kernel: alpha001Kernel,
  source: ALPHAS,
};

const symbol: FeatureGroup = {
  ...defaults,
  name: 'symbol',
  summary: 'Which symbol it is, as a category: a model of several symbols may then treat them differently.',
  onByDefault: false,
  columns: [
    {
      name: SYMBOL_CODE_COLUMN,
      unit: 'category, 0..65535',
      formula: 'the last 16 bits of the SHA-256 of its name',
      firstBar: 0,
      zeroRule: null,
    },
  ],
  bars: [],
  clock: true,
  categorical: true,
  kernel: null,
  source: 'this project',
};

const minuteOfDay: FeatureGroup = {
  ...defaults,
  name: 'minute_of_day',
  summary: "Minutes from UTC midnight to the bar's open.",
  onByDefault: false,
  columns: [
    {
      name: 'minute_of_day',
      unit: 'minutes, 0..1439',
      formula: 'floor(time / 60 s) mod 1440',
      firstBar: 0,
      zeroRule: null,
    },
  ],
  bars: ['openTimeMs'],
  clock: true,
  kernel: minuteOfDayKernel,
  source: 'this project',
};

const dayOfWeek: FeatureGroup = {
  ...minuteOfDay,
  name: 'day_of_week',
  summary: "UTC day of the week of the bar's open.",
  columns: [
    {
      name: 'day_of_week',
      unit: '0 Monday .. 6 Sunday',
      formula: '(floor(time / 86400 s) + 3) mod 7',
      firstBar: 0,
      zeroRule: null,
    },
  ],
  kernel: dayOfWeekKernel,
};

/** Every built-in group; a new one is added here and nowhere else. */
export const BUILT_IN_GROUPS: readonly FeatureGroup[] = [
  returns,
  bop,
  cci,
  mfi,
  rsi,
  stochrsi,
  stoch,
  natr,
  alpha054,
  alpha001,
  symbol,
  minuteOfDay,
  dayOfWeek,
];
