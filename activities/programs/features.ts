/** Program of the features stage: a month's bars and their look-back in, the month's model data out. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { barsFromTable } from '../../lib/bars/bar-file.js';
import {
  concatBars,
  INTERVALS_MS,
  lowerBound,
  monthEndMs,
  monthStartMs,
  sliceBars,
  targetName,
  type BarTable,
  type Interval,
} from '../../lib/bars/index.js';
import { DataError } from '../../lib/errors.js';
import {
  compileFeatures,
  computeModelRows,
  type FeatureDefinition,
  type FeatureSet,
  type ModelRows,
} from '../../lib/features/index.js';
import { summariseColumn } from '../../lib/features/summary.js';
import { readTable, writeTable } from '../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import type { InputFile, Program } from './program.js';

export interface FeaturesParams {
  readonly symbol: string;
  readonly interval: Interval;
  /** `2023-03`: the UTC month in which the rows are filed. */
  readonly month: string;
  /** Look-back of the definition as the plan knows it. */
  readonly lookBackBars: number;
  readonly definition: FeatureDefinition;
  /** Largest share of rows beyond warm-up that may be lost. */
  readonly lossBudgetFrac: number;
  /** End of the known bars, exclusive: rows filed from here on are not complete. */
  readonly throughMs: number;
}

/**
 * Writes `rows.parquet` (symbol, timestamp, features, target; rows by filing day) and `summary.json`.
 * @throws ConfigError FEATURES_INVALID
 * @throws DataError FEATURE_ROWS_LOST when more rows than the budget are lost beyond warm-up
 */
export const features: Program<FeaturesParams> = async (job, context) => {
  const { params, inputs, outDir } = job;
  const compiled = await compileFeatures(params.definition);
  const bars = await readBars(inputs['bars'] ?? [], params);
  context.signal.throwIfAborted();
  context.progress({ bars: bars.length });
  const rows = computeModelRows({
    bars,
    symbol: params.symbol,
    intervalMs: INTERVALS_MS[params.interval],
    rangeStartMs: monthStartMs(params.month),
    rangeEndMs: Math.min(monthEndMs(params.month), params.throughMs),
    features: compiled,
  });
  refuseLoss(rows, params);
  const table = modelTable(rows, compiled, params);
  const written = writeTable(path.join(outDir, 'rows.parquet'), table, {
    dayOffsetMs: INTERVALS_MS[params.interval],
  });
  await writeFile(path.join(outDir, 'summary.json'), summaryText(rows, table, params));
  return {
    outputs: [
      { name: 'rows', file: 'rows.parquet', table: written },
      { name: 'summary', file: 'summary.json' },
    ],
    facts: { rows: rows.rows, dropped: { ...rows.dropped } },
  };
};

/** The bars the node's key covers: from the look-back to `throughMs`, and no other. */
async function readBars(files: readonly InputFile[], params: FeaturesParams): Promise<BarTable> {
  const startMs = monthStartMs(params.month) - (params.lookBackBars + 1) * INTERVALS_MS[params.interval];
  const tables: BarTable[] = [];
  for (const file of files) tables.push(barsFromTable(await readTable(file)));
  const all = concatBars(tables);
  const from = lowerBound(all.openTimeMs, startMs);
  return sliceBars(all, from, Math.max(from, lowerBound(all.openTimeMs, params.throughMs)));
}

function refuseLoss({ rows, dropped }: ModelRows, params: FeaturesParams): void {
  const lost = dropped.unusableBar + dropped.noFeature;
  const lossFrac = lost === 0 ? 0 : lost / (rows + lost);
  if (lossFrac <= params.lossBudgetFrac) return;
  const percent = (frac: number): string => `${(100 * frac).toFixed(2)} %`;
  throw new DataError('FEATURE_ROWS_LOST', {
    what:
      `${params.symbol} ${params.month} loses ${lost} of ${rows + lost} rows (${percent(lossFrac)}) beyond ` +
      `warm-up, more than the budget of ${percent(params.lossBudgetFrac)}: ${dropped.unusableBar} bars have a ` +
      `price or volume that is no number above 0, ${dropped.noFeature} rows have no feature with a value.`,
    fix: 'Look at the month with its quality report, mend the expressions that divide by zero there, or raise loss_budget.',
    details: { symbol: params.symbol, month: params.month, rows, lossFrac, dropped: { ...dropped } },
  });
}

function modelTable(rows: ModelRows, compiled: FeatureSet, params: FeaturesParams): Table {
  const columns = new Map<string, Column>([
    ['symbol', constantColumn(params.symbol, rows.rows)],
    ['timestamp', timeColumn(rows.openTimeMs)],
  ]);
  compiled.computed.forEach(({ name }, index) => columns.set(name, numberColumn(rows.columns[index]!)));
  columns.set(targetName(params.interval), numberColumn(rows.target));
  return { rows: rows.rows, columns };
}

function summaryText(rows: ModelRows, table: Table, params: FeaturesParams): string {
  const columns = [...table.columns].flatMap(([name, column]) =>
    column.kind === 'number' ? [[name, summariseColumn(column.values)] as const] : [],
  );
  const { symbol, interval, month } = params;
  const summary = {
    symbol,
    interval,
    month,
    rows: rows.rows,
    dropped: rows.dropped,
    columns: Object.fromEntries(columns),
  };
  return `${JSON.stringify(summary, null, 2)}\n`;
}
