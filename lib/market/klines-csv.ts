/** Binance's kline CSV to columns, without a string or an object a row. Pure. */
import { allocateBars, BAR_COLUMNS, sliceBars, type BarTable } from '../bars/bar-table.js';
import { DataError } from '../errors.js';
import { decimalNumber } from './decimal.js';

const COLUMNS = BAR_COLUMNS.length;
/** Eleven numbers, two of them times of 13 digits, with their commas and a line feed. */
const SHORTEST_ROW_BYTES = 46;
const EXACT_LIMIT = 2 ** 53;
/** Nine digits fit a 32-bit integer. */
const PART_DIGITS = 9;
const ZERO = 48;
const POINT = 46;
const COMMA = 44;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Times at or above this are microseconds: in ms it would be the year 5138. */
const MICROSECONDS_FROM = 1e14;

export interface ParsedKlines {
  /** In the file's order, not yet checked. Views of the table given, if any. */
  readonly bars: BarTable;
  readonly hasHeader: boolean;
  readonly inMicroseconds: boolean;
}

/** Columns that one file after the other is parsed into: each overwrites the bars of the last. */
export class KlinesScratch {
  private bars = allocateBars(0);

  /** Columns of at least `rows` rows. */
  ofRows(rows: number): BarTable {
    if (this.bars.length < rows) this.bars = allocateBars(rows);
    return this.bars;
  }
}

/**
 * Parses a kline file: header or none, LF or CRLF, times in ms or us (told by magnitude, given in ms).
 * Numbers are correctly rounded: digits as an integer below 2^53 over an exact power of ten need one
 * rounding only; anything else goes through `Number`. Allocates nothing a row, and the columns only where
 * `scratch` has none yet or fewer rows.
 * @throws DataError KLINES_CSV_UNREADABLE with the line, when a row has not twelve fields, and with the column,
 *   when one of the first eleven is no decimal number
 */
export function parseKlinesCsv(
  file: Uint8Array,
  name = 'the kline file',
  scratch = new KlinesScratch(),
): ParsedKlines {
  const bytes = endedByLineFeed(file);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0;
  const hasHeader = !isDigit(bytes[start]!) && bytes[start] !== LINE_FEED && bytes[start] !== CARRIAGE_RETURN;
  const body = hasHeader ? bytes.indexOf(LINE_FEED, start) + 1 : start;
  const bars = scratch.ofRows(Math.ceil((bytes.length - body) / SHORTEST_ROW_BYTES) + 1);
  const rows = parseRows(bytes, body, { bars, name, firstLine: hasHeader ? 2 : 1 });
  const table = sliceBars(bars, 0, rows);
  return { bars: table, hasHeader, inMicroseconds: toMilliseconds(table) };
}

/** A last line feed, so that no loop over digits can run past the end. Copies where it is missing. */
function endedByLineFeed(file: Uint8Array): Uint8Array {
  if (file.at(-1) === LINE_FEED) return file;
  const ended = new Uint8Array(file.length + 1);
  ended.set(file);
  ended[file.length] = LINE_FEED;
  return ended;
}

interface RowTarget {
  readonly bars: BarTable;
  readonly name: string;
  readonly firstLine: number;
}

function parseRows(bytes: Uint8Array, body: number, { bars, name, firstLine }: RowTarget): number {
  const columns = BAR_COLUMNS.map((column) => bars[column]);
  const fields = new FieldReader(bytes, body);
  let row = 0;
  while (fields.at < bytes.length) {
    if (fields.skipLineEnd()) continue;
    if (row >= bars.length) throw unreadable(name, firstLine + row, 'is shorter than a kline can be');
    const line = firstLine + row;
    for (let column = 0; column < COLUMNS; column++) {
      const from = fields.at;
      const value = fields.number();
      if (Number.isNaN(value)) throw noNumber(name, { line, column, text: textOf(bytes, from, fields.at) });
      columns[column]![row] = value;
      if (bytes[fields.at++] !== COMMA) throw unreadable(name, line, `has ${column + 1} fields, not 12`);
    }
    if (!fields.skipLastField()) throw unreadable(name, line, 'has more than 12 fields');
    row++;
  }
  return row;
}

/**
 * Reads fields one after the other: 3.6 million rows a second. Digits gather in 32-bit integers of at
 * most nine, joined in a double only while that is exact; `(byte - 48) >>> 0 < 10` tests for a digit.
 */
class FieldReader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** The field at `at`, which then stands on the comma or line end behind it. */
  number(): number {
    const { bytes } = this;
    const from = this.at;
    let mantissa = this.digits();
    let isPlain = this.at > from;
    let decimals = 0;
    if (bytes[this.at] === POINT) {
      const point = ++this.at;
      const fraction = this.digits();
      decimals = this.at - point;
      isPlain &&= decimals > 0;
      mantissa = mantissa * POWERS[decimals]! + fraction;
    }
    const end = bytes[this.at];
    isPlain &&= end === COMMA || end === LINE_FEED || end === CARRIAGE_RETURN;
    // A NaN of too many digits fails this comparison, too.
    if (isPlain && mantissa < EXACT_LIMIT) return mantissa / POWERS[decimals]!;
    return this.slowly(from);
  }

  /** Value of a run of digits; NaN of more than eighteen. */
  private digits(): number {
    const { bytes } = this;
    const from = this.at;
    const middle = from + PART_DIGITS;
    let at = from;
    let digit = bytes[at]! - ZERO;
    let head = 0;
    while (digit >>> 0 < 10 && at < middle) {
      head = (Math.imul(head, 10) + digit) | 0;
      digit = bytes[++at]! - ZERO;
    }
    let tail = 0;
    while (digit >>> 0 < 10) {
      tail = (Math.imul(tail, 10) + digit) | 0;
      digit = bytes[++at]! - ZERO;
    }
    this.at = at;
    if (at <= middle) return head;
    return at - middle > PART_DIGITS ? Number.NaN : head * POWERS[at - middle]! + tail;
  }

  /** Long numbers, exponents and signs, as JavaScript reads them; NaN for text that is no decimal number. */
  private slowly(from: number): number {
    const { bytes } = this;
    let at = from;
    while (bytes[at] !== COMMA && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
    this.at = at;
    return decimalNumber(textOf(bytes, from, at));
  }

  /** Passes over the rest of the line, whatever it says; false where that is more than one field. */
  skipLastField(): boolean {
    const { bytes } = this;
    let { at } = this;
    let isLast = true;
    for (let byte = bytes[at]; byte !== LINE_FEED; byte = bytes[++at]) if (byte === COMMA) isLast = false;
    this.at = at + 1;
    return isLast;
  }

  /** True after passing over an empty line's end. */
  skipLineEnd(): boolean {
    const byte = this.bytes[this.at];
    if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) return false;
    this.at++;
    return true;
  }
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

function toMilliseconds(bars: BarTable): boolean {
  let found = false;
  for (const times of [bars.openTimeMs, bars.closeTimeMs]) {
    for (let row = 0; row < bars.length; row++) {
      const time = times[row]!;
      if (time < MICROSECONDS_FROM) continue;
      times[row] = Math.floor(time / 1000);
      found = true;
    }
  }
  return found;
}

function noNumber(name: string, at: { line: number; column: number; text: string }): DataError {
  const { line, column, text } = at;
  const field = `${BAR_COLUMNS[column]} (column ${column + 1})`;
  return unreadable(name, line, `has ${JSON.stringify(text.slice(0, 40))} as ${field}, which is no number`);
}

function unreadable(name: string, line: number, problem: string): DataError {
  return new DataError('KLINES_CSV_UNREADABLE', {
    what: `Line ${line} of ${name} ${problem}.`,
    fix: 'Take the file again from the archive; compare it with its CHECKSUM.',
    details: { name, line },
  });
}
