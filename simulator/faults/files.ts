/** Archive files that are not what they should be; their CHECKSUM fits them. Pure: content in, zip out. */
import { CSV_HEADER } from '../sources/csv-lines.js';
import { csvOfLines } from '../sources/klines-text.js';
import { makeZip } from '../sources/zip-file.js';
import type { ArchiveContent } from './definition.js';

const LEVEL = 1;
const BOMB_BYTES = 256 * 1024 * 1024;
const LOCAL_SIZE_AT = 22;
const CENTRAL_SIZE_AT = 24;
const CENTRAL_HEADER = Buffer.from([0x50, 0x4b, 0x01, 0x02]);

/** The zip as it should be. */
export function packContent({ csvName, header, lines }: ArchiveContent): Buffer {
  return makeZip({ [csvName]: csvBytes(header, lines) }, LEVEL);
}

function csvBytes(header: string | null, lines: readonly string[]): Buffer {
  return csvOfLines(header === null ? lines : [header, ...lines]);
}

export function twoEntries({ csvName, header, lines }: ArchiveContent): Buffer {
  const csv = csvBytes(header, lines);
  return makeZip({ [csvName]: csv, [`copy-of-${csvName}`]: csv }, LEVEL);
}

/** 256 MB of zeros behind a directory that states the size of the true file. */
export function bomb({ csvName, header, lines }: ArchiveContent): Buffer {
  const stated = csvBytes(header, lines).length;
  const zip = makeZip({ [csvName]: Buffer.alloc(BOMB_BYTES) }, LEVEL);
  zip.writeUInt32LE(stated, LOCAL_SIZE_AT);
  zip.writeUInt32LE(stated, zip.lastIndexOf(CENTRAL_HEADER) + CENTRAL_SIZE_AT);
  return zip;
}

export function withPath({ csvName, header, lines }: ArchiveContent): Buffer {
  return makeZip({ [`../../${csvName}`]: csvBytes(header, lines) }, LEVEL);
}

export function withHeader(content: ArchiveContent): Buffer {
  return packContent({ ...content, header: CSV_HEADER });
}

export function withoutHeader(content: ArchiveContent): Buffer {
  return packContent({ ...content, header: null });
}

/** As spot archives have them from 2025 on; the last microsecond of the bar closes it. */
export function inMicroseconds(content: ArchiveContent): Buffer {
  const lines = content.lines.map((line) => {
    const fields = line.split(',');
    fields[0] += '000';
    fields[6] += '999';
    return fields.join(',');
  });
  return packContent({ ...content, lines });
}
