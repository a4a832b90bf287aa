/** Model bars as Binance's CSV, written as bytes: text by text it would cost more than making the bars. Pure. */
import type { BarTable } from '../../lib/bars/bar-table.js';

/** Significant digits of a price: below 2^53 as an integer, and a thousand million times finer than a tick. */
const PRICE_DIGITS = 15;
const VOLUME_DECIMALS = 3;
const QUOTE_DECIMALS = 5;
/** Two times of 13 digits, four prices of 17 characters, four amounts of 20, a count of 16, commas. */
const LONGEST_ROW_BYTES = 220;
const HALF = 1e8;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const LINE_FEED = 10;

/** The CSV of `bars`, no header: prices with 15 significant digits, volumes with 3 decimals, quote volumes with 5. */
export function csvOfBars(bars: BarTable): Buffer {
  const writer = new Writer(Buffer.allocUnsafe(bars.length * LONGEST_ROW_BYTES));
  for (let row = 0; row < bars.length; row++) {
    const decimals = PRICE_DIGITS - 1 - Math.floor(Math.log10(bars.high[row]!));
    const scale = 10 ** decimals;
    writer.number(bars.openTimeMs[row]!, 0);
    for (const prices of [bars.open, bars.high, bars.low, bars.close]) {
      writer.number(Math.round(prices[row]! * scale), decimals);
    }
    writer.number(Math.round(bars.volume[row]! * 10 ** VOLUME_DECIMALS), VOLUME_DECIMALS);
    writer.number(bars.closeTimeMs[row]!, 0);
    writer.number(Math.round(bars.quoteVolume[row]! * 10 ** QUOTE_DECIMALS), QUOTE_DECIMALS);
    writer.number(bars.trades[row]!, 0);
    writer.number(Math.round(bars.takerBuyVolume[row]! * 10 ** VOLUME_DECIMALS), VOLUME_DECIMALS);
    writer.number(Math.round(bars.takerBuyQuoteVolume[row]! * 10 ** QUOTE_DECIMALS), QUOTE_DECIMALS);
    writer.endRow();
  }
  return writer.written();
}

class Writer {
  private at = 0;
  private readonly digits = new Uint8Array(64);

  constructor(private readonly bytes: Buffer) {}

  /** `mantissa` (a whole number below 2^53) over ten to `decimals`, and a comma. */
  number(mantissa: number, decimals: number): void {
    let high = Math.floor(mantissa / HALF);
    let low = mantissa - high * HALF;
    let from = this.digits.length;
    for (let count = 0; count <= decimals || high > 0 || low > 0; count++) {
      if (count > 0 && count === decimals) this.digits[--from] = POINT;
      if (count === 8) {
        low = high;
        high = 0;
      }
      const tenth = (low / 10) | 0;
      this.digits[--from] = ZERO + low - tenth * 10;
      low = tenth;
    }
    while (from < this.digits.length) this.bytes[this.at++] = this.digits[from++]!;
    this.bytes[this.at++] = COMMA;
  }

  /** The twelfth field, unused by Binance. */
  endRow(): void {
    this.bytes[this.at++] = ZERO;
    this.bytes[this.at++] = LINE_FEED;
  }

  written(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }
}
