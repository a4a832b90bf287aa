/** Program of the features stage: a month's bars and their look-back in, the month's model data out. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { barsFromTable, KLINES_COLUMNS } from '../../lib/bars/bar-file.js';
import {
  concatBars,
  DAY_MS,
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
  ColumnScratch,
  compileFeatures,
  computeModelRows,
  volumeLookBackDays,
  type FeatureDefinition,
  type FeatureSet,
  type ModelRows,
} from '../../lib/features/index.js';
import { summariseColumn } from '../../lib/features/summary.js';
import { readTable, writeTable, type SummaryOptions } from '../../lib/store/parquet.js';
import { constantColumn, numberColumn, timeColumn, type Column, type Table } from '../../lib/store/table.js';
import type { InputFile, Program, ProgramContext, ProgramJob, ProgramResult } from './program.js';

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
  /** Rows are volume bars of this size; absent for time bars. */
  readonly volumeBarSize?: number;
}

/**
 * Writes `rows.parquet` (symbol, timestamp, close_time of volume bars, features, target; rows by filing
 * day) and `summary.json`.
 * @throws ConfigError FEATURES_INVALID
 * @throws DataError FEATURE_ROWS_LOST when more rows than the budget are lost beyond warm-up
 */
export const features: Program<FeaturesParams> = async (job, context) => {
  const scratch = idleScratch.pop() ?? new ColumnScratch();
  try {
    return await computeMonth(job, context, scratch);
  } finally {
    scratch.reclaim();
    idleScratch.push(scratch);
  }
};

/** Memory of finished jobs of this thread. */
const idleScratch: ColumnScratch[] = [];

async function computeMonth(
  { params, inputs, outDir }: ProgramJob<FeaturesParams>,
  context: ProgramContext,
  scratch: ColumnScratch,
): Promise<ProgramResult> {
  const compiled = await compileFeatures(params.definition);
  const bars = await readBars(inputs['bars'] ?? [], params, compiled);
  context.signal.throwIfAborted();
  context.progress({ bars: bars.length });
  const rows = computeModelRows({
    bars,
    symbol: params.symbol,
    intervalMs: INTERVALS_MS[params.interval],
    volumeBarSize: params.volumeBarSize ?? null,
    rangeStartMs: monthStartMs(params.month),
    rangeEndMs: Math.min(monthEndMs(params.month), params.throughMs),
    features: compiled,
    scratch,
  });
  refuseLoss(rows, params);
  const table = modelTable(rows, compiled, params);
  const written = writeTable(path.join(outDir, 'rows.parquet'), table, filingOf(params));
  await writeFile(path.join(outDir, 'summary.json'), summaryText(rows, table, params));
  return {
    outputs: [
      { name: 'rows', file: 'rows.parquet', table: written },
      { name: 'summary', file: 'summary.json' },
    ],
    facts: {
      rows: rows.rows,
      dropped: { ...rows.dropped },
      ...(rows.timeBars === null ? {} : { timeBars: { ...rows.timeBars } }),
    },
  };
}

/** What tells the moment at which a row is filed. */
function filingOf({ interval, volumeBarSize }: FeaturesParams): SummaryOptions {
  return volumeBarSize === undefined
    ? { dayOffsetMs: INTERVALS_MS[interval] }
    : { dayColumn: 'close_time', dayOffsetMs: 1 };
}

/** The bars the node's key covers: from the look-back to `throughMs`, and no other. */
async function readBars(
  files: readonly InputFile[],
  params: FeaturesParams,
  { barColumns }: FeatureSet,
): Promise<BarTable> {
  const startMs = monthStartMs(params.month) - lookBackMs(params);
  const names = barColumns.map((name) => KLINES_COLUMNS[name]);
  const tables: BarTable[] = [];
  for (const file of files) {
    const bars = barsFromTable(await readTable(file, names), barColumns);
    refuseDisorder(bars, file.node);
    const from = lowerBound(bars.openTimeMs, startMs);
    tables.push(sliceBars(bars, from, Math.max(from, lowerBound(bars.openTimeMs, params.throughMs))));
  }
  return concatBars(tables);
}

/** A row is filed one interval after its bar's open, so one bar more than the look-back is read. */
function lookBackMs({ interval, lookBackBars, volumeBarSize }: FeaturesParams): number {
  return volumeBarSize === undefined
    ? (lookBackBars + 1) * INTERVALS_MS[interval]
    : volumeLookBackDays(lookBackBars) * DAY_MS;
}

function refuseDisorder({ openTimeMs }: BarTable, node: string): void {
  for (let row = 1; row < openTimeMs.length; row++) {
    if (openTimeMs[row]! > openTimeMs[row - 1]!) continue;
    const iso = (timeMs: number): string => new Date(timeMs).toISOString();
    throw new DataError('BARS_NOT_ASCENDING', {
      what: `The bars of ${node} are out of order: ${iso(openTimeMs[row]!)} stands after ${iso(openTimeMs[row - 1]!)}.`,
      fix: 'Download them again with `npx minute-alpha download --recheck`.',
      details: { node, row },
    });
  }
}

function refuseLoss({ rows, dropped, timeBars }: ModelRows, params: FeaturesParams): void {
  const lost = dropped.unusableBar + dropped.noFeature;
  const unusable = timeBars?.unusable ?? 0;
  const rowsFrac = lost === 0 ? 0 : lost / (rows + lost);
  const lossFrac = Math.max(rowsFrac, unusable === 0 ? 0 : unusable / timeBars!.total);
  if (lossFrac <= params.lossBudgetFrac) return;
  const percent = (frac: number): string => `${(100 * frac).toFixed(2)} %`;
  const unusableText = `${dropped.unusableBar + unusable} bars have a price or volume that is no number above 0`;
  throw new DataError('FEATURE_ROWS_LOST', {
    what:
      `${params.symbol} ${params.month} loses ${percent(lossFrac)} of its rows beyond warm-up (${rows} are left), ` +
      `more than the budget of ${percent(params.lossBudgetFrac)}: ${unusableText}, ` +
      `${dropped.noFeature} rows have no feature with a value.`,
    fix: 'Look at the month with its quality report, mend the expressions that divide by zero there, or raise loss_budget.',
    details: { symbol: params.symbol, month: params.month, rows, lossFrac, dropped: { ...dropped } },
  });
}

function modelTable(rows: ModelRows, compiled: FeatureSet, params: FeaturesParams): Table {
  const columns = new Map<string, Column>([
    ['symbol', constantColumn(params.symbol, rows.rows)],
    ['timestamp', timeColumn(rows.openTimeMs)],
  ]);
  if (rows.closeTimeMs !== null) columns.set('close_time', timeColumn(rows.closeTimeMs));
  compiled.computed.forEach(({ name }, index) => columns.set(name, numberColumn(rows.columns[index]!)));
  columns.set(targetName(params.interval, params.volumeBarSize !== undefined), numberColumn(rows.target));
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
    ...(rows.timeBars === null ? {} : { timeBars: rows.timeBars }),
    columns: Object.fromEntries(columns),
  };
  return `${JSON.stringify(summary, null, 2)}\n`;
}
