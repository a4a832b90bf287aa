/** Rows of a column as Parquet pages (parquet.thrift). Pure. */
import { VALUE_BYTES } from './column-bytes.js';
import { encodeCodes, runEnd } from './hybrid-encoding.js';
import type { StringColumn } from './table.js';
import { i32, struct, thriftBytes, type ThriftValue } from './thrift-compact.js';

export const ENCODINGS = { plain: 0, rle: 3, rleDictionary: 8 } as const;

export const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

/** A page as it stands in the file: its header, then its body, uncompressed. */
export interface Page {
  readonly header: Buffer;
  readonly body: Buffer;
}

/** Values as they stand in `bytes`, one PLAIN page; what is told of it depends on their number alone. */
export function plainPage(bytes: Buffer): Page {
  return dataPage(bytes, bytes.length / VALUE_BYTES, ENCODINGS.plain);
}

/** Rows [start, end) of a column of strings: a dictionary page and a page of codes. */
export function stringPages(column: StringColumn, start: number, end: number): Page[] {
  const { words, codes } = firstSeen(column, start, end);
  return [
    dictionaryPage(words),
    dataPage(encodeCodes(codes, words.length), end - start, ENCODINGS.rleDictionary),
  ];
}

/** The words of these rows in the order of their appearance, so that equal rows give equal bytes. */
function firstSeen(column: StringColumn, start: number, end: number): { words: string[]; codes: Int32Array } {
  const words: string[] = [];
  const placeOfWord = new Map<string, number>();
  const placeOfCode = new Int32Array(column.dictionary.length).fill(-1);
  const codes = column.codes.slice(start, end);
  for (let row = 0; row < codes.length;) {
    const code = codes[row]!;
    const next = runEnd(codes, row, codes.length);
    if (placeOfCode[code] === -1) {
      const word = column.dictionary[code]!;
      if (!placeOfWord.has(word)) placeOfWord.set(word, words.push(word) - 1);
      placeOfCode[code] = placeOfWord.get(word)!;
    }
    codes.fill(placeOfCode[code]!, row, next);
    row = next;
  }
  return { words, codes };
}

function dictionaryPage(words: readonly string[]): Page {
  const parts = words.flatMap((word) => {
    const bytes = Buffer.from(word);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  const header = struct({ 1: i32(words.length), 2: i32(ENCODINGS.plain) });
  return page(DICTIONARY_PAGE, Buffer.concat(parts), { 7: header });
}

function dataPage(body: Buffer, rows: number, encoding: number): Page {
  // Its values, then its definition and repetition levels, of which it has none.
  const header = { 1: i32(rows), 2: i32(encoding), 3: i32(ENCODINGS.rle), 4: i32(ENCODINGS.rle) };
  return page(DATA_PAGE, body, { 5: struct(header) });
}

/** A page with its length before and after compression. */
function page(type: number, body: Buffer, parts: Readonly<Record<number, ThriftValue>>): Page {
  const header = struct({ 1: i32(type), 2: i32(body.length), 3: i32(body.length), ...parts });
  return { header: thriftBytes(header), body };
}
