/** Volume bars: consecutive time bars joined until a volume has been traded. Pure. */
import { allocateBars, BAR_COLUMNS, DAY_MS, sliceBars, type BarTable, type Segment } from '../bars/index.js';
import { findUsableSegments } from './column-frame.js';

/** How time bars are joined. */
export interface VolumeBarRule {
  readonly intervalMs: number;
  /** Volume in units of the symbol at which a bar is complete; above 0. */
  readonly size: number;
}

export interface VolumeBars {
  /**
   * In order of time. `openTimeMs` is the open of a bar's first time bar, `closeTimeMs` the close of its
   * last one (a millisecond before the moment at which it is known); volumes and trades are sums.
   */
  readonly bars: BarTable;
  /** Runs of complete bars without a hole between or inside them. */
  readonly segments: readonly Segment[];
  /** Time bars that are in no complete bar: those before a hole or the end of the bars. */
  readonly unfinished: number;
  /** Time bars that are not usable, which are in no bar at all. */
  readonly unusable: number;
}

/**
 * Joins time bars until `size` is reached; UTC midnight completes a bar whatever its volume, so that a
 * day's bars depend on that day alone and no bar reaches over the edge of a month or of a window. What a
 * hole or the end cuts off is no complete bar: nobody knew at its last time bar that it would be the last.
 * @param unfinished `keep` leaves such rests among the bars, outside of every segment, for their prices;
 *   `drop` leaves them out
 */
export function joinVolumeBars(
  bars: BarTable,
  rule: VolumeBarRule,
  unfinished: 'keep' | 'drop' = 'drop',
): VolumeBars {
  const joiner = new Joiner(bars, rule, unfinished === 'keep');
  const usable = findUsableSegments(bars, rule.intervalMs);
  for (const segment of usable) joiner.join(segment);
  const inSegments = usable.reduce((sum, { start, end }) => sum + end - start, 0);
  return { ...joiner.result(), unusable: bars.length - inSegments };
}

class Joiner {
  private readonly joined: BarTable;
  private readonly segments: Segment[] = [];
  private rows = 0;
  private unfinished = 0;

  constructor(
    private readonly bars: BarTable,
    private readonly rule: VolumeBarRule,
    private readonly keepsUnfinished: boolean,
  ) {
    this.joined = allocateBars(bars.length);
  }

  join({ start, end }: Segment): void {
    const firstRow = this.rows;
    let first = start;
    let volume = 0;
    for (let row = start; row < end; row++) {
      volume += this.bars.volume[row]!;
      if (volume < this.rule.size && !this.endsDay(row)) continue;
      this.write(first, row + 1);
      first = row + 1;
      volume = 0;
    }
    if (this.rows > firstRow) this.segments.push({ start: firstRow, end: this.rows });
    this.unfinished += end - first;
    if (this.keepsUnfinished && first < end) this.write(first, end);
  }

  result(): Omit<VolumeBars, 'unusable'> {
    return {
      bars: sliceBars(this.joined, 0, this.rows),
      segments: this.segments,
      unfinished: this.unfinished,
    };
  }

  private endsDay(row: number): boolean {
    return (this.bars.openTimeMs[row]! + this.rule.intervalMs) % DAY_MS === 0;
  }

  /** Writes the bar made of rows [first, end). */
  private write(first: number, end: number): void {
    const { bars, joined } = this;
    const at = this.rows++;
    for (const name of SUMMED) {
      let sum = 0;
      for (let row = first; row < end; row++) sum += bars[name][row]!;
      joined[name][at] = sum;
    }
    let high = bars.high[first]!;
    let low = bars.low[first]!;
    for (let row = first + 1; row < end; row++) {
      high = Math.max(high, bars.high[row]!);
      low = Math.min(low, bars.low[row]!);
    }
    joined.openTimeMs[at] = bars.openTimeMs[first]!;
    joined.closeTimeMs[at] = bars.openTimeMs[end - 1]! + this.rule.intervalMs - 1;
    joined.open[at] = bars.open[first]!;
    joined.high[at] = high;
    joined.low[at] = low;
    joined.close[at] = bars.close[end - 1]!;
  }
}

/** Columns whose bars add up. */
const SUMMED = BAR_COLUMNS.filter((name) => /volume|trades/i.test(name));
