/**
 * The tables of quantiles that the Python reference printed of its own predictions. Its model has 16 different
 * predictions, and it breaks ties by the order of the rows, where ours puts equal predictions into one bin: so its
 * bins are made here by its rule, and what is compared is what our table says of given bins.
 * Its `timestamp` ranks one symbol against nothing, which puts every row at the top; ours has no bin there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { matchTimes, type Judged } from '../../../lib/evaluation/judged.js';
import { gatherReturns, quantileTable } from '../../../lib/evaluation/quantiles.js';
import { binRows } from '../../../lib/evaluation/scopes.js';

const GOLDEN = '../shared/golden/reference-2023-03';
const BINS = 10;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

async function readJudged(): Promise<Judged> {
  const file = await asyncBufferFromFile(`${GOLDEN}/predictions-fresh.parquet`);
  const rows = (await parquetReadObjects({ file })) as {
    timestamp: Date;
    prediction: number;
    target: number;
  }[];
  const timeMs = Float64Array.from(rows, ({ timestamp }) => timestamp.getTime());
  return {
    intervalMs: MINUTE_MS,
    folds: ['f'],
    symbols: [
      {
        symbol: 'ETHUSDT',
        timeMs,
        prediction: Float64Array.from(rows, ({ prediction }) => prediction),
        target: Float64Array.from(rows, ({ target }) => target),
        fold: new Int32Array(rows.length),
        barRow: matchTimes(timeMs, timeMs),
        bars: { openTimeMs: timeMs, open: timeMs, close: timeMs },
        validation: [{ timeMs: new Float64Array(), prediction: new Float64Array() }],
      },
    ],
  };
}

/** Rows by the value that `of` gives them. */
function rowsBy(count: number, of: (row: number) => number): number[][] {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const rows = groups.get(of(row));
    if (rows === undefined) groups.set(of(row), [row]);
    else rows.push(row);
  }
  return [...groups.values()];
}

/** `pandas.qcut(rank(method="first"))` inside each group: edges at 1 + (n - 1) q. */
function referenceBins({ symbols: [symbol] }: Judged, groupOf: (timeMs: number) => number): Int32Array {
  const { timeMs, prediction } = symbol!;
  const bins = new Int32Array(timeMs.length);
  for (const rows of rowsBy(timeMs.length, (row) => groupOf(timeMs[row]!))) {
    rows.sort((left, right) => prediction[left]! - prediction[right]! || left - right);
    rows.forEach((row, rank) => (bins[row] = Math.max(1, Math.ceil((rank * BINS) / (rows.length - 1)))));
  }
  return bins;
}

function referenceTable(scope: string): { mean: number; cumReturn: number }[] {
  const [, ...lines] = readFileSync(`${GOLDEN}/quantiles-10-${scope}.csv`, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, mean, cumReturn] = line.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell)));
    return { mean: mean!, cumReturn: cumReturn! };
  });
}

describe.skipIf(!existsSync(GOLDEN))('the quantiles of the Python reference', () => {
  let judged: Judged;
  beforeAll(async () => {
    judged = await readJudged();
  });

  function expectTable(scope: string, bins: Int32Array): void {
    const table = quantileTable(gatherReturns(judged, [bins], BINS));
    referenceTable(scope).forEach(({ mean, cumReturn }, index) => {
      const { meanBp, cumReturn: own } = table[index]!;
      if (Number.isNaN(mean)) expect([meanBp, own]).toEqual([null, null]);
      else {
        expect(meanBp! / 1e4).toBeCloseTo(mean, 14);
        expect(own).toBeCloseTo(cumReturn, 11);
      }
    });
  }

  it('are ours under `global` and `date`, given its bins', () => {
    expectTable(
      'global',
      referenceBins(judged, () => 0),
    );
    expectTable(
      'date',
      referenceBins(judged, (timeMs) => Math.floor(timeMs / DAY_MS)),
    );
  });

  it('are one quantile of all rows under `timestamp`, where ours has no bin', () => {
    const { length } = judged.symbols[0]!.timeMs;
    expectTable('timestamp', new Int32Array(length).fill(BINS));
    const { grid } = binRows(judged, { scope: 'timestamp', bins: BINS, trailingDays: 30 });
    expect(grid).toMatchObject({ rowsWithoutBin: length });
  });

  it('share equal predictions out among bins, where ours keeps them in one', () => {
    const [bins] = binRows(judged, { scope: 'global', bins: BINS, trailingDays: 30 }).bins;
    const { prediction } = judged.symbols[0]!;
    const equal = rowsBy(prediction.length, (row) => prediction[row]!);
    const mostBinsOf = (own: Int32Array): number =>
      Math.max(...equal.map((rows) => new Set(rows.map((row) => own[row]!)).size));
    expect(equal).toHaveLength(16);
    expect(mostBinsOf(bins!)).toBe(1);
    const theirs = referenceBins(judged, () => 0);
    expect(mostBinsOf(theirs)).toBeGreaterThan(1);
    expect(bins!.filter((bin, row) => bin !== theirs[row]).length / bins!.length).toBeCloseTo(0.62, 2);
  });

  it.each([
    ['global', () => 0],
    ['date', (timeMs: number) => Math.floor(timeMs / DAY_MS)],
  ] as const)('differ by a row at each edge where ties are parted by the clock, %s', (scope, groupOf) => {
    const [symbol] = judged.symbols;
    const [everyRow] = rowsBy(symbol!.timeMs.length, () => 0);
    const { prediction: own } = symbol!;
    const prediction = new Float64Array(own.length);
    everyRow!.sort((left, right) => own[left]! - own[right]! || left - right);
    everyRow!.forEach((row, rank) => (prediction[row] = rank));
    const parted = { ...judged, symbols: [{ ...symbol!, prediction }] };
    const [bins] = binRows(parted, { scope, bins: BINS, trailingDays: 30 }).bins;
    const theirs = referenceBins(judged, groupOf);
    const apart = bins!.map((bin, row) => Math.abs(bin - theirs[row]!));
    const groups = rowsBy(own.length, (row) => groupOf(symbol!.timeMs[row]!)).length;
    expect(Math.max(...apart)).toBe(1);
    expect(apart.reduce((sum, distance) => sum + distance, 0)).toBeLessThanOrEqual((BINS - 1) * groups);
  });
});
