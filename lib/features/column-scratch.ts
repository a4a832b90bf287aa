/**
 * Memory for the columns of one computation that the next one uses again: a thread that computes month
 * after month would otherwise ask the system for the same pages every time.
 */
export class ColumnScratch {
  private idle: ArrayBuffer[] = [];
  private lent: ArrayBuffer[] = [];

  /** A column of any content, valid until {@link reclaim}. */
  take(rows: number): Float64Array {
    const bytes = rows * Float64Array.BYTES_PER_ELEMENT;
    let buffer = this.idle.pop();
    // What is too small once would be so again: months have about the same length.
    if (buffer === undefined || buffer.byteLength < bytes) buffer = new ArrayBuffer(bytes);
    this.lent.push(buffer);
    return new Float64Array(buffer, 0, rows);
  }

  /** Makes everything that was taken free again; nobody may look at it any more. */
  reclaim(): void {
    this.idle.push(...this.lent);
    this.lent = [];
  }
}
