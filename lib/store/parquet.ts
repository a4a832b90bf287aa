export { numbers, readTable, readVerifiedBytes, type TableFile } from './parquet-read.js';
export { writeTable, type WriteOptions } from './parquet-write.js';
export type { DayDigest, TableSummary } from './table-summary.js';
