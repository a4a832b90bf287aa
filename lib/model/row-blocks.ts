/** Rows too many for one matrix, as blocks in time order: what is known of each before it is read. */
import type { ModelRows } from './matrix.js';

/** The selected rows of one file of one symbol. */
export interface FileRows<File> {
  readonly file: File;
  /** Index of the symbol in the order of rows at one time. */
  readonly symbol: number;
  readonly rows: number;
  /** Timestamps of the first and the last selected row, UTC ms. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Rows by (time, symbol), cut into blocks that follow each other in time. */
export interface RowBlocks {
  readonly rows: number;
  /** Rows of each block; none is 0. */
  readonly sizes: readonly number[];
  /** The rows of a block; valid until the next one is read. */
  read(block: number): Promise<ModelRows>;
  /** Lets go of what was read; reading again is possible. */
  forget(): void;
}

/**
 * Groups files whose times overlap, so that the groups follow each other in time: the months of all
 * symbols, where files are months. Files without selected rows are left out. Within a group, files of one
 * symbol stay in time order.
 */
export function groupByTime<File>(files: readonly FileRows<File>[]): FileRows<File>[][] {
  const ordered = files.filter(({ rows }) => rows > 0).sort((left, right) => left.firstMs - right.firstMs);
  const groups: FileRows<File>[][] = [];
  let groupLastMs = -Infinity;
  for (const file of ordered) {
    if (file.firstMs > groupLastMs) groups.push([]);
    groups.at(-1)!.push(file);
    groupLastMs = Math.max(groupLastMs, file.lastMs);
  }
  return groups;
}
