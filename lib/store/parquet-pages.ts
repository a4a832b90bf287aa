/** Rows of a column as Parquet pages: thrift headers of parquetjs-lite, bodies of our own. Pure. */
import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import { VALUE_BYTES } from './column-bytes.js';
import { encodeCodes, runEnd } from './hybrid-encoding.js';
import type { StringColumn } from './table.js';
import { serializeThrift } from './thrift-compact.js';

/** A page as it stands in the file: its header, then its body, uncompressed. */
export interface Page {
  readonly header: Buffer;
  readonly body: Buffer;
}

/** Values as they stand in `bytes`, one PLAIN page; what is told of it depends on their number alone. */
export function plainPage(bytes: Buffer): Page {
  return dataPage(bytes, bytes.length / VALUE_BYTES, 'PLAIN');
}

/** Rows [start, end) of a column of strings: a dictionary page and a page of codes. */
export function stringPages(column: StringColumn, start: number, end: number): Page[] {
  const { words, codes } = firstSeen(column, start, end);
  return [dictionaryPage(words), dataPage(encodeCodes(codes, words.length), end - start, 'RLE_DICTIONARY')];
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
  const dictionary = new thrift.DictionaryPageHeader({
    num_values: words.length,
    encoding: thrift.Encoding['PLAIN'],
  });
  return page('DICTIONARY_PAGE', Buffer.concat(parts), { dictionary_page_header: dictionary });
}

function dataPage(body: Buffer, rows: number, encoding: string): Page {
  const data = new thrift.DataPageHeader({
    num_values: rows,
    encoding: thrift.Encoding[encoding],
    definition_level_encoding: thrift.Encoding['RLE'],
    repetition_level_encoding: thrift.Encoding['RLE'],
  });
  return page('DATA_PAGE', body, { data_page_header: data });
}

function page(type: string, body: Buffer, parts: Readonly<Record<string, unknown>>): Page {
  const header = new thrift.PageHeader({
    ...parts,
    type: thrift.PageType[type],
    uncompressed_page_size: body.length,
    compressed_page_size: body.length,
  });
  return { header: serializeThrift(header), body };
}
