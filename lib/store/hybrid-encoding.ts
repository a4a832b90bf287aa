/** Parquet's hybrid of runs and packed groups, for codes of a dictionary (Encodings.md, RLE_DICTIONARY). Pure. */

/**
 * Codes as a data page holds them: one byte of bit width, then runs where values repeat and packs of eight where not.
 * @param words number of words in the dictionary; every code lies below it
 */
export function encodeCodes(codes: Int32Array, words: number): Buffer {
  const writer = new HybridWriter(bitWidthOf(words), codes.length);
  for (let row = 0; row < codes.length;) {
    const next = runEnd(codes, row, codes.length);
    writer.repeat(codes[row]!, next - row);
    row = next;
  }
  return writer.finish();
}

/** The row before `end` at which another code than that of `start` stands, or `end`. */
export function runEnd(codes: Int32Array, start: number, end: number): number {
  const code = codes[start];
  let row = start + 1;
  while (row < end && codes[row] === code) row++;
  return row;
}

/** Bits of the greatest code; one at the least, because some readers refuse none. */
function bitWidthOf(words: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, words - 1)));
}

/** Runs of at least eight equal values become a run; shorter ones are packed, eight values at a time. */
class HybridWriter {
  private bytes: Buffer;
  private length = 0;
  private readonly pending: number[] = [];

  constructor(
    private readonly bitWidth: number,
    rows: number,
  ) {
    this.bytes = Buffer.alloc(64 + Math.ceil((rows * bitWidth) / 8));
    this.byte(bitWidth);
  }

  repeat(code: number, count: number): void {
    let left = count;
    // A pack holds whole groups of eight, so a run cannot start before the group is full.
    for (; this.pending.length % 8 !== 0 && left > 0; left--) this.pending.push(code);
    if (left >= 8) {
      this.flushPacked();
      this.varint(left * 2);
      for (let shift = 0; shift < this.bitWidth; shift += 8) this.byte((code >>> shift) & 255);
      return;
    }
    for (; left > 0; left--) this.pending.push(code);
  }

  finish(): Buffer {
    this.flushPacked();
    return this.bytes.subarray(0, this.length);
  }

  private flushPacked(): void {
    if (this.pending.length === 0) return;
    const groups = Math.ceil(this.pending.length / 8);
    this.varint(groups * 2 + 1);
    // Arithmetic instead of shifts: up to 7 + 31 bits wait here.
    let word = 0;
    let bits = 0;
    for (let index = 0; index < groups * 8; index++) {
      word += (this.pending[index] ?? 0) * 2 ** bits;
      for (bits += this.bitWidth; bits >= 8; bits -= 8) {
        this.byte(word % 256);
        word = Math.floor(word / 256);
      }
    }
    this.pending.length = 0;
  }

  private varint(value: number): void {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.byte((left % 128) + 128);
    this.byte(left);
  }

  private byte(value: number): void {
    if (this.length === this.bytes.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(this.bytes.length)]);
    this.bytes[this.length++] = value;
  }
}
