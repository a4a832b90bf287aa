export { evaluateSignal, type EvaluateOptions } from './evaluate.js';
export {
  matchTimes,
  type Judged,
  type JudgedBars,
  type JudgedSymbol,
  type ValidationRows,
} from './judged.js';
export { foldRanges } from './judged-rows.js';
export { importanceCsv, informationCsv } from './information-csv.js';
export { quantileCsv } from './quantile-csv.js';
export { binRows, EX_POST, type ScopedBins, type ScopeOptions } from './scopes.js';
export type { Evaluation, FeatureImportance, ScopeName, SourceRows } from './types.js';
