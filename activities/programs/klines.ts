/** The klines stage: one symbol's bars of one UTC month as a Parquet file, and what is known about them. */
import fs from 'node:fs';
import path from 'node:path';
import { tableFromBars } from '../../lib/bars/bar-file.js';
import { assembleMonth, type MonthQuality, type MonthRequest } from '../../lib/market/index.js';
import { writeTable } from '../../lib/store/parquet.js';
import type { JsonObject, Program } from './program.js';

export interface KlinesParams extends MonthRequest {
  /** USDT-M futures. */
  readonly market: 'um';
}

/**
 * Outputs `bars` (columns of interface.md, rows ascending, days by the bars' opens) and `quality` (JSON).
 * @throws what `assembleMonth` throws
 */
export const klines: Program<KlinesParams> = async (job, context) => {
  const { bars, quality } = await assembleMonth(job.params, {
    budgetDir: job.host.budgetDir,
    signal: context.signal,
    progress: (at) => context.progress({ ...at }),
  });
  const table = writeTable(path.join(job.outDir, 'bars.parquet'), tableFromBars(bars));
  fs.writeFileSync(path.join(job.outDir, 'quality.json'), `${JSON.stringify(quality, null, 2)}\n`);
  return {
    outputs: [
      { name: 'bars', file: 'bars.parquet', table },
      { name: 'quality', file: 'quality.json' },
    ],
    facts: factsOf(quality),
  };
};

function factsOf(quality: MonthQuality): JsonObject {
  const { bars, missing, sources, rows, ohlcViolations, flatBars, archiveProblems } = quality;
  return {
    bars,
    missing,
    sources: { ...sources },
    ...(flatBars > 0 ? { flatBars } : {}),
    ...(ohlcViolations > 0 ? { ohlcViolations } : {}),
    ...(Object.values(rows).some((count) => count > 0) ? { rows: { ...rows } } : {}),
    ...(archiveProblems.length > 0
      ? { archiveProblems: archiveProblems.map(({ file, problem }) => ({ file, problem })) }
      : {}),
  };
}
