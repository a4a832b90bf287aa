/** Tables as Parquet files: see {@link writeTable} and {@link readTable}. */
export { numbers, readRowCount, readTable } from './parquet-read.js';
export { writeTable } from './parquet-write.js';
export { readVerifiedBytes, type TableFile } from './table-source.js';
export type { DayDigest, SummaryOptions, TableSummary } from './table-summary.js';
