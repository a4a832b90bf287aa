/** Binance's kline CSV to columns, without a string or an object a row. Pure. */
import { allocateBars, BAR_COLUMNS, sliceBars, type BarTable } from '../bars/bar-table.js';
import { DataError } from '../errors.js';
import { decimalNumber } from './decimal.js';

const COLUMNS = BAR_COLUMNS.length;
/** Eleven numbers, two of them times of 13 digits, with their commas and a line feed. */
const SHORTEST_ROW_BYTES = 46;
const EXACT_LIMIT = 2 ** 53;
const WORD_BYTES = 4;
const FOUR_ZEROS = 0x30303030;
const FOUR_SIXES = 0x06060606;
const UPPER_HALVES = 0xf0f0f0f0;
const ZERO = 48;
const POINT = 46;
const COMMA = 44;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const POWERS_32 = Int32Array.of(1, 10, 100, 1000);
/** Powers of ten for two words of decimals; a double holds them exactly. */
const POWERS = Float64Array.from({ length: 2 * WORD_BYTES + 1 }, (_, exponent) => 10 ** exponent);
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
  const start = file[0] === 0xef && file[1] === 0xbb ? 3 : 0;
  const first = file[start] ?? LINE_FEED;
  const hasHeader = !isDigit(first) && first !== LINE_FEED && first !== CARRIAGE_RETURN;
  const body = file.subarray(hasHeader ? endOfLine(file, start) : start);
  const bars = scratch.ofRows(Math.ceil(body.length / SHORTEST_ROW_BYTES) + 1);
  const rows = parseBody(body, { bars, name, row: 0, line: hasHeader ? 2 : 1 });
  const table = sliceBars(bars, 0, rows);
  return { bars: table, hasHeader, inMicroseconds: toMilliseconds(table) };
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(LINE_FEED, from);
  return at < 0 ? bytes.length : at + 1;
}

/** Where rows go, and how far the parser is. */
interface Place {
  readonly bars: BarTable;
  readonly name: string;
  row: number;
  /** Number of the line that comes next, from 1. */
  line: number;
}

/** Parses the lines below the header; the count of rows. */
function parseBody(body: Uint8Array, place: Place): number {
  const tail = body.subarray(0, -WORD_BYTES).lastIndexOf(LINE_FEED) + 1;
  parseLines(body.subarray(0, tail), place);
  parseLines(lastLines(body.subarray(tail)), place);
  return place.row;
}

/** A copy with something behind it, as each line has that is not the last, and a line feed where it has none. */
function lastLines(lines: Uint8Array): Uint8Array {
  const copy = new Uint8Array(lines.length + 1 + WORD_BYTES);
  copy.set(lines);
  copy[lines.length] = LINE_FEED;
  return copy.subarray(0, lines.length + (lines.at(-1) === LINE_FEED ? 0 : 1));
}

/** Parses whole lines with at least a word of memory behind them. */
function parseLines(bytes: Uint8Array, place: Place): void {
  const { bars, name } = place;
  const columns = BAR_COLUMNS.map((column) => bars[column]);
  const fields = new FieldReader(bytes);
  for (; fields.at < bytes.length; place.line++) {
    if (fields.skipEmptyLine()) continue;
    const { row, line } = place;
    if (row >= bars.length) throw unreadable(name, line, 'is shorter than a kline can be');
    for (let column = 0; column < COLUMNS; column++) {
      const from = fields.at;
      if (!fields.readNumber(columns[column]!, row)) {
        throw noNumber(name, { line, column, text: textOf(bytes, from, fields.at) });
      }
      if (bytes[fields.at++] !== COMMA) throw unreadable(name, line, `has ${column + 1} fields, not 12`);
    }
    if (!fields.skipLastField()) throw unreadable(name, line, 'has more than 12 fields');
    place.row++;
  }
}

/**
 * Reads fields one after the other, their digits four at a time: a word of four bytes, less '0' in each, has
 * nothing in the upper half of a byte, nor after adding six, where that byte was a digit.
 */
class FieldReader {
  at = 0;
  private readonly words: DataView;

  constructor(private readonly bytes: Uint8Array) {
    // Longer than the bytes: a word may reach over the end of the last line.
    this.words = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /**
   * Writes the field at `at`, which then stands on the comma or line end behind it, into `column`; false of text that
   * is no decimal number. A function that answered the number would allocate it.
   */
  readNumber(column: Float64Array, row: number): boolean {
    const { bytes } = this;
    const from = this.at;
    let at = from;
    let word = this.wordAt(at);
    let whole = 0;
    for (; othersIn(word) === 0; word = this.wordAt(at)) {
      whole = whole * 10_000 + fourDigits(word);
      at += WORD_BYTES;
    }
    let digits = digitsBefore(othersIn(word));
    whole = whole * POWERS_32[digits]! + fourDigits(firstDigits(word, digits));
    at += digits;
    if (at === from) return this.readSlowly(from, column, row);
    if (bytes[at] !== POINT) {
      if (!isEnd(bytes[at]!) || whole >= EXACT_LIMIT) return this.readSlowly(from, column, row);
      column[row] = whole;
      this.at = at;
      return true;
    }
    const point = ++at;
    let part = 0;
    word = this.wordAt(at);
    if (othersIn(word) === 0) {
      part = fourDigits(word);
      at += WORD_BYTES;
      word = this.wordAt(at);
    }
    if (othersIn(word) === 0) {
      part = Math.imul(part, 10_000) + fourDigits(word);
      at += WORD_BYTES;
    } else {
      digits = digitsBefore(othersIn(word));
      part = Math.imul(part, POWERS_32[digits]!) + fourDigits(firstDigits(word, digits));
      at += digits;
    }
    const power = POWERS[at - point]!;
    // Where digits are too many, the sum is at or above the limit however it was rounded.
    const mantissa = whole * power + part;
    if (at === point || !isEnd(bytes[at]!) || mantissa >= EXACT_LIMIT) {
      return this.readSlowly(from, column, row);
    }
    column[row] = mantissa / power;
    this.at = at;
    return true;
  }

  /** Four bytes less '0' each. */
  private wordAt(at: number): number {
    return this.words.getInt32(at, true) ^ FOUR_ZEROS;
  }

  /** Long numbers, exponents and signs, as JavaScript reads them; NaN for text that is no decimal number. */
  private readSlowly(from: number, column: Float64Array, row: number): boolean {
    const { bytes } = this;
    let at = from;
    while (bytes[at] !== COMMA && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
    this.at = at;
    const value = decimalNumber(textOf(bytes, from, at));
    column[row] = value;
    return !Number.isNaN(value);
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

  /** True after passing over a line with nothing in it. */
  skipEmptyLine(): boolean {
    while (this.bytes[this.at] === CARRIAGE_RETURN) this.at++;
    if (this.bytes[this.at] !== LINE_FEED) return false;
    this.at++;
    return true;
  }
}

function isEnd(byte: number): boolean {
  return byte === COMMA || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/** Marks in the bytes of a word that are no digits; the lowest is where the first such byte is. */
function othersIn(word: number): number {
  return (word | (word + FOUR_SIXES)) & UPPER_HALVES;
}

/** Index of the lowest byte that is no digit, of one to four such bytes. */
function digitsBefore(others: number): number {
  return (31 - Math.clz32(others & -others)) >>> 3;
}

/** The first digits, at most three, with zeros before them. */
function firstDigits(word: number, digits: number): number {
  return (word << (24 - 8 * digits)) << 8;
}

/** The number that four digits make, the first in the lowest byte. */
function fourDigits(word: number): number {
  const pairs = Math.imul(word, 10) + (word >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
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
