/** The grid of quantiles. Pure. */
import { sortedOrder } from './radix-order.js';

/** What happened to the groups of a scope; see GridSummary. */
export class GridCounts {
  groups = 0;
  coarserGroups = 0;
  fewestBins: number;
  constantGroups = 0;
  rowsWithoutBin = 0;
  /** Folds and symbols whose past is too short to rank against, and the shortest past among them. */
  shortPasts = 0;
  fewestPast = Infinity;

  constructor(readonly bins: number) {
    this.fewestBins = bins;
  }

  /** Notes a past of `n` predictions that is too short. */
  noteShortPast(n: number): void {
    this.shortPasts += 1;
    this.fewestPast = Math.min(this.fewestPast, n);
  }

  /** Notes a group of `n` rows and answers how many bins it has. */
  open(n: number): number {
    this.groups += 1;
    if (n >= this.bins) return this.bins;
    this.coarserGroups += 1;
    this.fewestBins = Math.min(this.fewestBins, n);
    return n;
  }
}

/** `min(bins, 1 + floor(bins (less + equal/2) / n))`: equal values share a bin, whatever their order in time. */
export function binOf(bins: number, less: number, equal: number, n: number): number {
  return Math.min(bins, 1 + Math.floor((bins * (less + equal / 2)) / n));
}

/** Number of a coarser grid's bin on the full grid: the lowest stays 1, the highest becomes `bins`. */
export function stretchBin(bin: number, coarse: number, bins: number): number {
  if (coarse === bins) return bin;
  return 1 + Math.round(((bin - 1) * (bins - 1)) / (coarse - 1));
}

/** Below this a sort by insertion beats counting digits. */
const SMALL_GROUP = 64;

/** The rows in ascending order of their values, equal ones in the order of `rows`. Allocates for large groups only. */
function sortRows(values: Float64Array, rows: Int32Array): Int32Array {
  if (rows.length <= SMALL_GROUP) return sortBySwaps(values, rows);
  const own = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) own[at] = values[rows[at]!]!;
  const order = sortedOrder(own);
  for (let at = 0; at < rows.length; at++) order[at] = rows[order[at]!]!;
  return order;
}

function sortBySwaps(values: Float64Array, rows: Int32Array): Int32Array {
  for (let from = 1; from < rows.length; from++) {
    const row = rows[from]!;
    let to = from;
    for (; to > 0 && values[rows[to - 1]!]! > values[row]!; to--) rows[to] = rows[to - 1]!;
    rows[to] = row;
  }
  return rows;
}

/**
 * Bins one group against itself, writing into `into` at the rows of `rows`; rows of a group whose values
 * are all equal keep 0.
 * @param rows places in `values` and `into`, values without NaN; a small group's are put in order
 */
export function binGroup(values: Float64Array, rows: Int32Array, into: Int32Array, counts: GridCounts): void {
  const n = rows.length;
  if (n === 0) return;
  const coarse = counts.open(n);
  const sorted = sortRows(values, rows);
  if (values[sorted[0]!] === values[sorted[n - 1]!]) {
    counts.constantGroups += 1;
    counts.rowsWithoutBin += n;
    return;
  }
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && values[sorted[end]!] === values[sorted[start]!]) end++;
    const bin = stretchBin(binOf(coarse, start, end - start, n), coarse, counts.bins);
    for (let at = start; at < end; at++) into[sorted[at]!] = bin;
    start = end;
  }
}
