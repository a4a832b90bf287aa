/** Binance's kline CSV to columns, without a string or an object a row. Pure. */
import { allocateBars, BAR_COLUMNS, sliceBars, type BarTable } from '../bars/bar-table.js';
import { DataError } from '../errors.js';

const COLUMNS = BAR_COLUMNS.length;
/** Eleven numbers, two of them times of 13 digits, with their commas and a line feed. */
const SHORTEST_ROW_BYTES = 46;
const EXACT_LIMIT = 2 ** 53;
/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Times at or above this are microseconds: in ms it would be the year 5138. */
const MICROSECONDS_FROM = 1e14;

export interface ParsedKlines {
  /** In the file's order, not yet checked; NaN where a field is no number. */
  readonly bars: BarTable;
  readonly hasHeader: boolean;
  readonly inMicroseconds: boolean;
}

/**
 * Parses a kline file: header or none, LF or CRLF, times in ms or us (told by magnitude, given in ms).
 * Numbers are correctly rounded: digits as an integer below 2^53 over an exact power of ten need one
 * rounding only; anything else goes through `Number`. Allocates the columns, nothing a row.
 * @throws DataError KLINES_CSV_UNREADABLE with the line, when a row has fewer than eleven fields
 */
export function parseKlinesCsv(bytes: Uint8Array, name = 'the kline file'): ParsedKlines {
  const start = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0;
  const hasHeader = start < bytes.length && !isDigit(bytes[start]!) && bytes[start] !== 10;
  const body = hasHeader ? lineEnd(bytes, start) + 1 : start;
  const bars = allocateBars(Math.ceil(Math.max(0, bytes.length - body) / SHORTEST_ROW_BYTES) + 1);
  const rows = parseRows(bytes, body, { bars, name, firstLine: hasHeader ? 2 : 1 });
  const table = sliceBars(bars, 0, rows);
  return { bars: table, hasHeader, inMicroseconds: toMilliseconds(table) };
}

interface RowTarget {
  readonly bars: BarTable;
  readonly name: string;
  readonly firstLine: number;
}

function parseRows(bytes: Uint8Array, body: number, { bars, name, firstLine }: RowTarget): number {
  const columns = BAR_COLUMNS.map((column) => bars[column]);
  const end = bytes.length;
  let at = body;
  let row = 0;
  while (at < end) {
    const first = bytes[at]!;
    if (first === 10 || first === 13) {
      at++;
      continue;
    }
    if (row >= bars.length) throw unreadable(name, firstLine + row, 'is shorter than a kline can be');
    for (let column = 0; column < COLUMNS; column++) {
      let mantissa = 0;
      let digits = 0;
      let point = -1;
      const from = at;
      let byte = 0;
      for (; at < end; at++) {
        byte = bytes[at]!;
        const digit = byte - 48;
        if (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit;
          digits++;
        } else if (byte === 46 && point < 0) point = digits;
        else break;
      }
      const decimals = point < 0 ? 0 : digits - point;
      const plain = digits > 0 && (byte === 44 || byte === 10 || byte === 13 || at === end);
      if (plain && mantissa < EXACT_LIMIT && decimals < POWERS.length) {
        columns[column]![row] = decimals === 0 ? mantissa : mantissa / POWERS[decimals]!;
      } else {
        at = fieldEnd(bytes, at);
        columns[column]![row] = parseSlowly(bytes, from, at);
      }
      if (column < COLUMNS - 1) {
        if (bytes[at] !== 44) throw unreadable(name, firstLine + row, `has ${column + 1} fields, not 12`);
        at++;
      }
    }
    at = lineEnd(bytes, at) + 1;
    row++;
  }
  return row;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function fieldEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 44 && bytes[at] !== 10 && bytes[at] !== 13) at++;
  return at;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(10, from);
  return at < 0 ? bytes.length : at;
}

/** Long numbers, exponents and signs, as JavaScript reads them; NaN for text that is no number. */
function parseSlowly(bytes: Uint8Array, from: number, to: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
    .toString('latin1')
    .trim();
  return text === '' ? Number.NaN : Number(text);
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

function unreadable(name: string, line: number, problem: string): DataError {
  return new DataError('KLINES_CSV_UNREADABLE', {
    what: `Line ${line} of ${name} ${problem}.`,
    fix: 'Take the file again from the archive; compare it with its CHECKSUM.',
    details: { name, line },
  });
}
