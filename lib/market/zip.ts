/** The one file inside a Binance archive zip; anything else a zip could be is refused. Pure. */
import { crc32, inflateRawSync } from 'node:zlib';
import { DataError } from '../errors.js';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

/**
 * Bytes of the only entry of `zip`, which must have the name `expectedName`.
 * The size is bounded before anything is inflated, and inflating stops at the size the zip states.
 * @throws DataError ZIP_UNREADABLE (torn, ZIP64, encrypted, checksum), ZIP_ENTRIES (not exactly one),
 *   ZIP_NAME (another name, or a path), ZIP_TOO_LARGE
 */
export function readOnlyEntry(
  zip: Buffer,
  { expectedName, maxBytes }: { expectedName: string; maxBytes: number },
): Buffer {
  const entry = readDirectory(zip, expectedName);
  if (entry.name !== expectedName) {
    throw refused('ZIP_NAME', expectedName, `holds "${entry.name}" in place of "${expectedName}"`);
  }
  if (entry.bytes > maxBytes) {
    throw refused('ZIP_TOO_LARGE', expectedName, `unpacks to ${entry.bytes} bytes, more than ${maxBytes}`);
  }
  if ((entry.flags & ENCRYPTED) !== 0) throw refused('ZIP_UNREADABLE', expectedName, 'is encrypted');
  const unpacked = inflate(packedBytes(zip, entry, expectedName), entry, expectedName);
  if (unpacked.length !== entry.bytes || crc32(unpacked) !== entry.checksum) {
    throw refused('ZIP_UNREADABLE', expectedName, 'fails its own checksum');
  }
  return unpacked;
}

function readDirectory(zip: Buffer, name: string): Entry {
  const end = findEnd(zip, name);
  const entries = zip.readUInt16LE(end + 10);
  if (entries !== 1 || zip.readUInt16LE(end + 8) !== 1) {
    throw refused('ZIP_ENTRIES', name, `holds ${entries} files in place of one`);
  }
  const directoryBytes = zip.readUInt32LE(end + 12);
  const at = zip.readUInt32LE(end + 16);
  if (
    at + directoryBytes > end ||
    directoryBytes < CENTRAL_BYTES ||
    zip.readUInt32LE(at) !== CENTRAL_HEADER
  ) {
    throw refused('ZIP_UNREADABLE', name, 'has a broken directory');
  }
  const nameBytes = zip.readUInt16LE(at + 28);
  const used = CENTRAL_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  // The count in the end record could lie: the directory itself must hold one entry and nothing more.
  if (used !== directoryBytes) throw refused('ZIP_ENTRIES', name, 'has more in its directory than one file');
  return {
    name: zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes).toString('utf8'),
    flags: zip.readUInt16LE(at + 8),
    method: zip.readUInt16LE(at + 10),
    checksum: zip.readUInt32LE(at + 16),
    packedBytes: zip.readUInt32LE(at + 20),
    bytes: zip.readUInt32LE(at + 24),
    headerAt: zip.readUInt32LE(at + 42),
  };
}

/** The end record stands last, before a comment of at most 65,535 bytes. */
function findEnd(zip: Buffer, name: string): number {
  const lowest = Math.max(0, zip.length - END_BYTES - LONGEST_COMMENT);
  for (let at = zip.length - END_BYTES; at >= lowest; at--) {
    if (
      zip.readUInt32LE(at) === END_OF_DIRECTORY &&
      at + END_BYTES + zip.readUInt16LE(at + 20) === zip.length
    ) {
      return at;
    }
  }
  throw refused('ZIP_UNREADABLE', name, `is no whole zip (${zip.length} bytes)`);
}

function packedBytes(zip: Buffer, entry: Entry, name: string): Buffer {
  const { headerAt } = entry;
  if (headerAt + LOCAL_BYTES > zip.length || zip.readUInt32LE(headerAt) !== LOCAL_HEADER) {
    throw refused('ZIP_UNREADABLE', name, 'has no local header where its directory says');
  }
  const from = headerAt + LOCAL_BYTES + zip.readUInt16LE(headerAt + 26) + zip.readUInt16LE(headerAt + 28);
  if (from + entry.packedBytes > zip.length) throw refused('ZIP_UNREADABLE', name, 'breaks off');
  return zip.subarray(from, from + entry.packedBytes);
}

function inflate(packed: Buffer, entry: Entry, name: string): Buffer {
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED) {
    throw refused('ZIP_UNREADABLE', name, `uses the compression method ${entry.method}, not deflate`);
  }
  try {
    // One chunk of one byte more than stated: no copying, and a bomb ends there.
    return inflateRawSync(packed, {
      chunkSize: Math.max(64, entry.bytes + 1),
      maxOutputLength: Math.max(1, entry.bytes),
    });
  } catch (error) {
    throw refused('ZIP_UNREADABLE', name, `does not unpack to what it states (${(error as Error).message})`);
  }
}

function refused(code: string, name: string, problem: string): DataError {
  return new DataError(code, {
    what: `The archive of ${name} ${problem}.`,
    fix: 'Take the file again from the archive; compare it with its CHECKSUM.',
    details: { name },
  });
}
