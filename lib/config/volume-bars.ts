/** The keys `bar_type` and `volume_bar_size`, and what does not go together with volume bars. Pure. */
import type { Problem } from './problems.js';
import type { RawConfig } from './schema.js';

/** Size of the volume bars of every symbol; null where rows are time bars. */
export function compileVolumeBars(raw: RawConfig): Readonly<Record<string, number>> | null {
  const { bar_type, volume_bar_size } = raw;
  if (bar_type !== 'volume' || volume_bar_size === undefined) return null;
  const sizes = symbolsOf(raw).map((symbol): [string, number] => [
    symbol,
    typeof volume_bar_size === 'number' ? volume_bar_size : volume_bar_size[symbol]!,
  ]);
  return Object.fromEntries(sizes);
}

function symbolsOf(raw: RawConfig): string[] {
  const listed = raw.train_symbols ?? raw.symbols ?? [];
  return [...new Set([...listed, ...(raw.inference_symbol === undefined ? [] : [raw.inference_symbol])])];
}

/** Problems of volume bars and of keys that count in time bars. */
export function volumeBarProblems(raw: RawConfig): Problem[] {
  if (raw.bar_type !== 'volume') {
    return raw.volume_bar_size === undefined
      ? []
      : [{ path: 'volume_bar_size', text: 'needs "bar_type": "volume": set it, or leave the size out' }];
  }
  return [...sizeProblems(raw), ...foldProblems(raw), ...scopeProblems(raw)];
}

function sizeProblems(raw: RawConfig): Problem[] {
  const { volume_bar_size: size, candle_interval } = raw;
  const problems: Problem[] = [];
  if (size === undefined) {
    problems.push({
      path: 'volume_bar_size',
      text: 'is missing: write the volume that completes a bar, like 500, or one a symbol, like {"BTCUSDT": 500}',
    });
  } else if (typeof size !== 'number') {
    const missing = symbolsOf(raw).filter((symbol) => !Object.hasOwn(size, symbol));
    for (const symbol of missing)
      problems.push({
        path: `volume_bar_size.${symbol}`,
        text: 'is missing: write the volume that completes a bar',
      });
  }
  if (candle_interval === '1d') {
    problems.push({
      path: 'candle_interval',
      text: '"1d" leaves nothing to join: volume bars end with the UTC day',
    });
  }
  return problems;
}

/** Every UTC midnight ends a bar; no label reaches over an edge there, and over any other it would. */
function foldProblems({ folds }: RawConfig): Problem[] {
  const hours = (['train', 'valid', 'test', 'step'] as const).filter((name) => folds?.[name]?.endsWith('h'));
  const problems = hours.map((name) => ({
    path: `folds.${name}`,
    text: `"${folds?.[name]}" is in hours, and volume bars end with the UTC day: write days or months`,
  }));
  if ((folds?.embargo ?? 0) === 0) return problems;
  const text =
    "counts bars of one length, which volume bars are not: leave it out, no label crosses a window's edge";
  return [...problems, { path: 'folds.embargo', text }];
}

function scopeProblems(raw: RawConfig): Problem[] {
  const stages = (['evaluate', 'backtest'] as const).filter(
    (stage) => raw[stage]?.quantile_scope === 'timestamp',
  );
  return stages.map((stage) => ({
    path: `${stage}.quantile_scope`,
    text: '"timestamp" ranks symbols at one moment, and volume bars of two symbols end at different ones: choose trailing, validation or date',
  }));
}
