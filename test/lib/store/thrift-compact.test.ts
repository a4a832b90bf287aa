import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  i32,
  i64,
  list,
  struct,
  text,
  thriftBytes,
  type ThriftValue,
} from '../../../lib/store/thrift-compact.js';

/** Another implementation of the protocol, with the structs of Parquet. */
const load = createRequire(import.meta.url);
const library = load('parquetjs-lite/lib/util.js') as { serializeThrift(value: object): Buffer };
type Struct = new (fields: object) => object;
const types = load('parquetjs-lite/gen-nodejs/parquet_types.js') as Record<string, Struct>;

/** The other one has no more than 31 bits in an i64 that is a plain number. */
const size = fc.integer({ min: 0, max: 2 ** 30 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const orNull = <T>(value: T | null, make: (value: T) => ThriftValue): ThriftValue | null =>
  value === null ? null : make(value);

const columns = fc.record({
  encodings: fc.array(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), { minLength: 1, maxLength: 40 }),
  names: fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { minLength: 1, maxLength: 3 }),
  values: maybe(size),
  dictionary: maybe(size),
});
type Column = typeof columns extends fc.Arbitrary<infer T> ? T : never;

const theirs = ({ encodings, names, values, dictionary }: Column): object =>
  new types['ColumnChunk']!({
    file_offset: 4,
    meta_data: new types['ColumnMetaData']!({
      encodings,
      path_in_schema: names,
      num_values: values,
      dictionary_page_offset: dictionary,
    }),
  });
const ours = ({ encodings, names, values, dictionary }: Column): ThriftValue =>
  struct({
    2: i64(4),
    3: struct({
      2: list(encodings.map(i32)),
      3: list(names.map(text)),
      5: orNull(values, i64),
      11: orNull(dictionary, i64),
    }),
  });

describe("Thrift's compact protocol", () => {
  it('has the bytes of another implementation for any struct', () => {
    fc.assert(
      fc.property(fc.array(columns, { maxLength: 30 }), (all) => {
        const bytes = thriftBytes(struct({ 1: list(all.map(ours)), 3: i64(all.length) }));
        const group = new types['RowGroup']!({ columns: all.map(theirs), num_rows: all.length });
        expect(bytes).toEqual(library.serializeThrift(group));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps whole numbers beyond 2^32', () => {
    // Field 3 of type i64, then 2 * (2^40 + 1) in groups of seven bits, then the end.
    const bytes = thriftBytes(struct({ 3: i64(2 ** 40 + 1) }));
    expect([...bytes]).toEqual([0x36, 0x82, 0x80, 0x80, 0x80, 0x80, 0x40, 0]);
  });
});
