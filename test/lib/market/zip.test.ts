/** Zips that are what they should be, and each way in which one is not. */
import { describe, expect, it } from 'vitest';
import { readOnlyEntry } from '../../../lib/market/zip.js';
import { makeZip } from '../../../simulator/sources/zip-file.js';

const CSV = Buffer.from('1,2,3\n'.repeat(500));
const NAME = 'a.csv';
const read = (zip: Buffer, maxBytes = 10_000): Buffer => readOnlyEntry(zip, { expectedName: NAME, maxBytes });

/** The zip with one change at `offset` from its directory (`central`) or end record (`end`). */
function changed(place: 'central' | 'end', offset: number, value: number): Buffer {
  const zip = Buffer.from(makeZip({ [NAME]: CSV }, 6));
  const signature = place === 'central' ? [0x50, 0x4b, 1, 2] : [0x50, 0x4b, 5, 6];
  zip.writeUInt16LE(value, zip.lastIndexOf(Buffer.from(signature)) + offset);
  return zip;
}

it.each([0, 1, 6, 9] as const)('gives the bytes back, packed at level %i', (level) => {
  expect(read(makeZip({ [NAME]: CSV }, level))).toEqual(CSV);
});

it('finds its directory before a comment', () => {
  const comment = Buffer.from('PK\u0005\u0006 is no end record here');
  const zip = Buffer.concat([changed('end', 20, comment.length), comment]);
  expect(read(zip)).toEqual(CSV);
});

describe('refuses', () => {
  it.each([
    ['another name', makeZip({ 'b.csv': CSV }, 6), 'ZIP_NAME'],
    ['a path', makeZip({ '../a.csv': CSV }, 6), 'ZIP_NAME'],
    ['two files', makeZip({ [NAME]: CSV, b: CSV }, 6), 'ZIP_ENTRIES'],
    ['half of one', makeZip({ [NAME]: CSV }, 0).subarray(0, 1000), 'ZIP_UNREADABLE'],
    ['nothing', Buffer.alloc(0), 'ZIP_UNREADABLE'],
    ['an encrypted file', changed('central', 8, 1), 'ZIP_UNREADABLE'],
    ['another compression', changed('central', 10, 12), 'ZIP_UNREADABLE'],
    ['a wrong CRC', changed('central', 16, 0x1234), 'ZIP_UNREADABLE'],
    ['less than it unpacks to', changed('central', 24, 100), 'ZIP_UNREADABLE'],
    ['more than it unpacks to', changed('central', 24, 4000), 'ZIP_UNREADABLE'],
    ['a directory elsewhere', changed('end', 16, 3), 'ZIP_UNREADABLE'],
  ] as const)('%s', (_name, zip, code) => {
    expect(() => read(zip)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('what is larger than allowed before it is unpacked', () => {
    expect(() => read(makeZip({ [NAME]: CSV }, 6), CSV.length - 1)).toThrow(/unpacks to 3000 bytes/);
    expect(read(makeZip({ [NAME]: CSV }, 6), CSV.length)).toEqual(CSV);
  });
});
