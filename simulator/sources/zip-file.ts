/** Zips as Binance publishes them, byte for byte the same for the same content. Pure. */
import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';

/** DOS times have no zone: this is written as it stands, whatever the machine's zone. */
const FIXED_TIME = new Date(2023, 0, 1);

/** A zip of the named files; level 0-9 of deflate. */
export function makeZip(files: Readonly<Record<string, Buffer>>, level: 0 | 1 | 6 | 9): Buffer {
  const entries = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, [bytes, { level, mtime: FIXED_TIME }] as const]),
  );
  return Buffer.from(zipSync(entries as unknown as Parameters<typeof zipSync>[0]));
}

/** The text of a CHECKSUM file. */
export function checksumText(zip: Uint8Array, name: string): string {
  return `${createHash('sha256').update(zip).digest('hex')}  ${name}\n`;
}
