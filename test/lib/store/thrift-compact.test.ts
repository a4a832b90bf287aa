import { createRequire } from 'node:module';
import fc from 'fast-check';
import thrift, { type ThriftStruct } from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import { describe, expect, it } from 'vitest';
import { serializeThrift } from '../../../lib/store/thrift-compact.js';

/** The library's own writer of the same protocol. */
const theirs = createRequire(import.meta.url)('parquetjs-lite/lib/util.js') as {
  serializeThrift(struct: ThriftStruct): Buffer;
};

const int32 = fc.integer({ min: -(2 ** 30), max: 2 ** 30 });
/** Their writer has no more than 2^31 in an i64 that is a plain number. */
const size = fc.integer({ min: 0, max: 2 ** 30 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

const column = fc
  .record({
    type: maybe(int32),
    encodings: maybe(fc.array(int32, { maxLength: 40 })),
    path_in_schema: fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 3 }),
    num_values: maybe(size),
    data_page_offset: size,
    dictionary_page_offset: maybe(size),
  })
  .map((fields) => new thrift.ColumnChunk({ file_offset: 4, meta_data: new thrift.ColumnMetaData(fields) }));
const footer = fc
  .record({ columns: maybe(fc.array(column, { maxLength: 30 })), num_rows: size })
  .map(
    (group) =>
      new thrift.FileMetaData({ version: 1, row_groups: [new thrift.RowGroup(group)], created_by: 'x' }),
  );

describe("Thrift's compact protocol", () => {
  it('has the bytes of the library for any struct', () => {
    fc.assert(
      fc.property(footer, (struct) => {
        expect(serializeThrift(struct)).toEqual(theirs.serializeThrift(struct));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps whole numbers beyond 2^32', () => {
    const bytes = serializeThrift(new thrift.FileMetaData({ num_rows: 2 ** 40 + 1 }));
    // Field 3 of type i64, then 2 * (2^40 + 1) in groups of seven bits, then the end.
    expect([...bytes]).toEqual([0x36, 0x82, 0x80, 0x80, 0x80, 0x80, 0x40, 0]);
  });
});
