/** Which layout, hash and keys a store has: an unknown one is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../errors.js';
import { codeOf } from './durable.js';

/** What this version reads and writes. */
export const FORMAT = { layout: 1, hash: 'sha256', key: 'k1' } as const;

/**
 * Compares a store's format with {@link FORMAT}; writes it where there is none.
 * @throws ConfigError FORMAT_UNKNOWN
 */
export function checkFormat(root: string): void {
  const file = path.join(root, 'FORMAT');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    writeFileSync(file, `${JSON.stringify(FORMAT)}\n`);
    return;
  }
  if (isKnownFormat(text)) return;
  throw new ConfigError('FORMAT_UNKNOWN', {
    what: `The store ${root} has the format ${text.trim().slice(0, 100)}; this version reads ${JSON.stringify(FORMAT)}.`,
    fix: 'Use the version of minute-alpha that wrote it, or name an empty folder with MINUTE_ALPHA_STORE.',
    details: { path: file },
  });
}

function isKnownFormat(text: string): boolean {
  try {
    const found = JSON.parse(text) as Partial<typeof FORMAT>;
    return found.layout === FORMAT.layout && found.hash === FORMAT.hash && found.key === FORMAT.key;
  } catch {
    return false;
  }
}
