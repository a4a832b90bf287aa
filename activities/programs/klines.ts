/** The klines stage: one symbol's bars of one UTC month as a Parquet file, and what is known about them. */
import fs from 'node:fs';
import path from 'node:path';
import { barsFromTable, tableFromBars } from '../../lib/bars/bar-file.js';
import { lowerBound, sliceBars, type BarTable } from '../../lib/bars/bar-table.js';
import { assembleMonth, restatement, type Month, type MonthRequest } from '../../lib/market/index.js';
import { StoreIntegrityError } from '../../lib/errors.js';
import { readTable, writeTable } from '../../lib/store/parquet.js';
import type { InputFile, JsonObject, Program } from './program.js';

export type KlinesParams = MonthRequest & {
  /** Range that the bars under the input `previous` were asked for in. */
  readonly previous?: { readonly startMs: number; readonly endMs: number } | null;
};

/**
 * Outputs `bars` (columns of interface.md, rows ascending, days by the bars' opens) and `quality` (JSON).
 * A month that is asked for again finds its earlier bars under `previous`: the facts tell what changed.
 * @throws what `assembleMonth` throws
 */
export const klines: Program<KlinesParams> = async (job, context) => {
  const month = await assembleMonth(job.params, {
    budgetDir: job.host.budgetDir,
    restTimeoutMs: job.host.restTimeoutMs,
    archiveTimeoutMs: job.host.archiveTimeoutMs,
    hasProxy: job.host.hasProxy,
    signal: context.signal,
    progress: (at) => context.progress({ ...at }),
  });
  const { bars, quality } = month;
  const table = writeTable(path.join(job.outDir, 'bars.parquet'), tableFromBars(bars));
  fs.writeFileSync(path.join(job.outDir, 'quality.json'), `${JSON.stringify(quality, null, 2)}\n`);
  return {
    outputs: [
      { name: 'bars', file: 'bars.parquet', table },
      { name: 'quality', file: 'quality.json' },
    ],
    facts: { ...factsOf(month), ...(await changesOf(job.inputs.previous?.[0], bars, job.params)) },
  };
};

/**
 * How the bars differ from those of an earlier download, in the range that both asked for: days that only one of
 * them asked for are neither added nor removed. Nothing where there was none.
 */
async function changesOf(
  previous: InputFile | undefined,
  bars: BarTable,
  params: KlinesParams,
): Promise<JsonObject> {
  if (previous === undefined) return {};
  const startMs = Math.max(params.startMs, params.previous?.startMs ?? params.startMs);
  const endMs = Math.min(params.endMs, params.previous?.endMs ?? params.endMs);
  const inBoth = (table: BarTable): BarTable =>
    sliceBars(table, lowerBound(table.openTimeMs, startMs), lowerBound(table.openTimeMs, endMs));
  try {
    const stored = barsFromTable(await readTable(previous));
    const changed = restatement(inBoth(stored), inBoth(bars));
    return { restated: changed === null ? { changedRows: 0, addedRows: 0, removedRows: 0 } : { ...changed } };
  } catch (thrown) {
    // A damaged old file is not worth this month; `verify` tells of it.
    if (thrown instanceof StoreIntegrityError) return {};
    throw thrown;
  }
}

function factsOf({ quality, archives, bytes, weightUsed }: Month): JsonObject {
  const { bars, missing, sources, rows, ohlcViolations, flatBars, archiveProblems } = quality;
  return {
    bars,
    missing,
    sources: { ...sources },
    archives: { ...archives },
    bytes,
    weightUsed,
    ...(flatBars > 0 ? { flatBars } : {}),
    ...(ohlcViolations > 0 ? { ohlcViolations } : {}),
    ...(Object.values(rows).some((count) => count > 0) ? { rows: { ...rows } } : {}),
    ...(archiveProblems.length > 0
      ? { archiveProblems: archiveProblems.map(({ file, problem }) => ({ file, problem })) }
      : {}),
  };
}
