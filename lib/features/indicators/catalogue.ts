/** The entries of the `technicalindicators` catalogue as data: what each takes, its defaults, its outputs. */

export interface CatalogueEntry {
  /** Name in the config and in the catalogue. */
  readonly name: string;
  /** Class of the package that takes one bar at a time; null for a candlestick pattern. */
  readonly className: string | null;
  /** A value of the close, or the whole bar. */
  readonly takes: 'close' | 'bar';
  /** Every parameter with its default. */
  readonly params: Readonly<Record<string, number>>;
  /** Keys of a result of several outputs; null for a plain number. */
  readonly outputs: readonly string[] | null;
}

const onClose = (
  name: string,
  className: string,
  params: Record<string, number>,
  outputs: readonly string[] | null = null,
): CatalogueEntry => ({ name, className, takes: 'close', params, outputs });

const onBar = (
  name: string,
  className: string,
  params: Record<string, number>,
  outputs: readonly string[] | null = null,
): CatalogueEntry => ({ name, className, takes: 'bar', params, outputs });

const pattern = (name: string): CatalogueEntry => ({
  name,
  className: null,
  takes: 'bar',
  params: {},
  outputs: null,
});

const averages = [
  onClose('sma', 'SMA', { period: 14 }),
  onClose('ema', 'EMA', { period: 14 }),
  onClose('wma', 'WMA', { period: 14 }),
  onClose('wema', 'WEMA', { period: 14 }),
  onClose(
    'macd',
    'MACD',
    { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: 0, SimpleMASignal: 0 },
    ['MACD', 'signal', 'histogram'],
  ),
  onClose('trix', 'TRIX', { period: 18 }),
];

const oscillators = [
  onClose('rsi', 'RSI', { period: 14 }),
  onClose('roc', 'ROC', { period: 12 }),
  onClose(
    'kst',
    'KST',
    {
      ROCPer1: 10,
      ROCPer2: 15,
      ROCPer3: 20,
      ROCPer4: 30,
      SMAROCPer1: 10,
      SMAROCPer2: 10,
      SMAROCPer3: 10,
      SMAROCPer4: 15,
      signalPeriod: 9,
    },
    ['kst', 'signal'],
  ),
  onClose('stochasticrsi', 'StochasticRSI', { rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 }, [
    'stochRSI',
    'k',
    'd',
  ]),
  onBar('stochastic', 'Stochastic', { period: 14, signalPeriod: 3 }, ['k', 'd']),
  onBar('williamsr', 'WilliamsR', { period: 14 }),
  onBar('cci', 'CCI', { period: 20 }),
  onBar('awesomeoscillator', 'AwesomeOscillator', { fastPeriod: 5, slowPeriod: 34 }),
];

const directions = [
  onBar('adx', 'ADX', { period: 14 }, ['adx', 'pdi', 'mdi']),
  onBar('psar', 'PSAR', { step: 0.02, max: 0.2 }),
  onBar(
    'ichimokucloud',
    'IchimokuCloud',
    { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 },
    ['conversion', 'base', 'spanA', 'spanB'],
  ),
  onBar('heikinashi', 'HeikinAshi', {}, ['open', 'high', 'low', 'close']),
];

const ranges = [
  onBar('atr', 'ATR', { period: 14 }),
  onBar('truerange', 'TrueRange', {}),
  // Its `pb` divides rounding by rounding where nothing moves, and so depends on where the history starts.
  onClose('bollingerbands', 'BollingerBands', { period: 20, stdDev: 2 }, ['middle', 'upper', 'lower']),
  onBar('keltnerchannels', 'KeltnerChannels', { maPeriod: 20, atrPeriod: 10, useSMA: 0, multiplier: 1 }, [
    'middle',
    'upper',
    'lower',
  ]),
  onBar('chandelierexit', 'ChandelierExit', { period: 22, multiplier: 3 }, ['exitLong', 'exitShort']),
];

const volumes = [
  onBar('adl', 'ADL', {}),
  onBar('obv', 'OBV', {}),
  onBar('vwap', 'VWAP', {}),
  onBar('forceindex', 'ForceIndex', { period: 13 }),
  onBar('mfi', 'MFI', { period: 14 }),
];

const building = [
  onClose('averagegain', 'AverageGain', { period: 14 }),
  onClose('averageloss', 'AverageLoss', { period: 14 }),
  onClose('highest', 'Highest', { period: 14 }),
  onClose('lowest', 'Lowest', { period: 14 }),
  onClose('sum', 'Sum', { period: 14 }),
  onClose('sd', 'SD', { period: 20 }),
];

const patterns = [
  'bullish',
  'bearish',
  'abandonedbaby',
  'doji',
  'bearishengulfingpattern',
  'bullishengulfingpattern',
  'darkcloudcover',
  'downsidetasukigap',
  'dragonflydoji',
  'gravestonedoji',
  'bullishharami',
  'bearishharami',
  'bullishharamicross',
  'bearishharamicross',
  'eveningdojistar',
  'eveningstar',
  'morningdojistar',
  'morningstar',
  'bullishmarubozu',
  'bearishmarubozu',
  'piercingline',
  'bullishspinningtop',
  'bearishspinningtop',
  'threeblackcrows',
  'threewhitesoldiers',
  'bullishhammerstick',
  'bearishhammerstick',
  'bullishinvertedhammerstick',
  'bearishinvertedhammerstick',
  'hammerpattern',
  'hammerpatternunconfirmed',
  'hangingman',
  'hangingmanunconfirmed',
  'shootingstar',
  'shootingstarunconfirmed',
  'tweezertop',
  'tweezerbottom',
].map(pattern);

/** Every entry that answers bar by bar; whether it may be a feature is measured with its parameters. */
export const CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map(
  [...averages, ...oscillators, ...directions, ...ranges, ...volumes, ...building, ...patterns].map(
    (entry) => [entry.name, entry],
  ),
);

/**
 * Entries whose values depend on where the history starts, with their defaults already, and the built-in
 * feature that does not. `adl obv vwap` sum up from the first bar on; the others keep what a stretch left
 * behind in which nothing moved, or was traded.
 */
export const REMEMBERING: Readonly<Record<string, string | null>> = {
  stochasticrsi: 'stochrsi',
  cci: 'cci',
  adl: null,
  obv: null,
  vwap: null,
  mfi: 'mfi',
};

const TWO_LINES = 'compares two lines, not bars: write an expression, like "a > b and lag(a) <= lag(b)"';

/** Entries that cannot be a column of bars, and why. */
export const NO_COLUMNS: Readonly<Record<string, string>> = {
  volumeprofile: 'makes one profile of the whole stretch, so every bar would know the bars after it',
  renko: 'makes bricks, which are not the bars: it has no value at a bar',
  FixedSizeLinkedList: 'is a container of the package and no indicator',
  crossup: TWO_LINES,
  crossdown: TWO_LINES,
  crossover: TWO_LINES,
};
