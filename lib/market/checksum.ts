/** Binance's `.CHECKSUM` files: `<64 hex>  <zip name>`. Pure. */
import { createHash } from 'node:crypto';

const PATTERN = /^([0-9a-fA-F]{64}) [ *](\S+)\s*$/;

export type ChecksumVerdict =
  { readonly ok: true; readonly sha256: string } | { readonly ok: false; readonly problem: string };

/** The hash that a CHECKSUM file publishes for `name`; null when the text has another form or names another file. */
export function publishedHash(text: string, name: string): string | null {
  const parsed = PATTERN.exec(text);
  return parsed?.[2] === name ? parsed[1]!.toLowerCase() : null;
}

/** Compares `bytes` with the text of their CHECKSUM file: both the hash and the name must fit. */
export function verifyChecksum(bytes: Uint8Array, text: string, name: string): ChecksumVerdict {
  const parsed = PATTERN.exec(text);
  if (parsed === null) return { ok: false, problem: 'the CHECKSUM file has not the form "<sha256>  <name>"' };
  if (parsed[2] !== name) return { ok: false, problem: `the CHECKSUM file names ${parsed[2]}` };
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== parsed[1]!.toLowerCase()) {
    return {
      ok: false,
      problem: `sha256 ${actual.slice(0, 16)} where ${parsed[1]!.slice(0, 16)} was published`,
    };
  }
  return { ok: true, sha256: actual };
}
