/** Klines as the text of Binance's CSV, addressed by bar. */

const MICROSECONDS_FROM = 1e14;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Bars of one symbol, ascending as they stand in the file; a header is passed over. Lines are cut out on demand. */
export class KlinesText {
  /** Opens in ms, also where the file counts microseconds. */
  readonly openTimeMs: Float64Array;
  /** Byte at which each line starts, and at last the end. */
  private readonly starts: Int32Array;

  constructor(private readonly csv: Buffer) {
    this.starts = lineStarts(csv);
    this.openTimeMs = new Float64Array(this.starts.length - 1);
    for (let row = 0; row < this.openTimeMs.length; row++)
      this.openTimeMs[row] = timeAt(csv, this.starts[row]!);
  }

  get length(): number {
    return this.openTimeMs.length;
  }

  /** Lines of bars [from, to) without their ends. */
  lines(from = 0, to = this.length): string[] {
    const lines: string[] = [];
    for (let row = from; row < to; row++) {
      let end = this.starts[row + 1]!;
      while (end > 0 && (this.csv[end - 1] === LINE_FEED || this.csv[end - 1] === CARRIAGE_RETURN)) end--;
      lines.push(this.csv.toString('latin1', this.starts[row], end));
    }
    return lines;
  }

  /** The CSV of bars [from, to), a view. */
  bytes(from: number, to: number): Buffer {
    return this.csv.subarray(this.starts[from], this.starts[to]);
  }
}

/** The CSV of lines, each ended by a line feed. */
export function csvOfLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`, 'latin1');
}

/** `time` in ms, whether it is ms or us. */
export function toMs(time: number): number {
  return time >= MICROSECONDS_FROM ? Math.floor(time / 1000) : time;
}

function lineStarts(csv: Buffer): Int32Array {
  const starts: number[] = [];
  for (let at = 0; at < csv.length;) {
    const first = csv[at]!;
    if (first >= 48 && first <= 57) starts.push(at);
    const end = csv.indexOf(LINE_FEED, at);
    at = end < 0 ? csv.length : end + 1;
  }
  return Int32Array.from([...starts, csv.length]);
}

function timeAt(csv: Buffer, start: number): number {
  let time = 0;
  for (let at = start; csv[at]! >= 48 && csv[at]! <= 57; at++) time = time * 10 + csv[at]! - 48;
  return toMs(time);
}
