/** The user's file of funding rates: its digest for the key, and its rates for the accounts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkFundingCovers, parseFunding, type FundingRates } from '../../lib/backtest/funding.js';
import { ConfigError } from '../../lib/errors.js';
import type { Judged } from '../../lib/evaluation/index.js';
import type { FundingFile } from '../../lib/plan/graph-input.js';

export type FundingBySymbol = ReadonlyMap<string, FundingRates>;

/** A file of rates with the digest of its bytes. @throws ConfigError FUNDING_FILE */
export function fundingFile(file: string): FundingFile {
  return { path: file, digest: digestOf(readBytes(file)) };
}

/**
 * The rates of all judged symbols; none where none is charged.
 * @throws ConfigError FUNDING_FILE, FUNDING_CHANGED; DataError FUNDING_UNREADABLE, FUNDING_MISSING
 */
export function readFundingOf(
  judged: Judged,
  { funding, fundingPath }: { readonly funding: string | null; readonly fundingPath?: string },
): FundingBySymbol {
  if (funding === null || fundingPath === undefined) return new Map();
  const bytes = readBytes(fundingPath);
  if (digestOf(bytes) !== funding) throw changedFile(fundingPath);
  const rates = parseFunding(bytes.toString('utf8'), path.basename(fundingPath));
  return new Map(
    judged.symbols.map(({ symbol, timeMs }) => {
      const range = { startMs: timeMs[0]!, endMs: timeMs.at(-1)! + judged.intervalMs };
      return [symbol, checkFundingCovers(symbol, rates.get(symbol), range)];
    }),
  );
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError('FUNDING_FILE', {
      what: `backtest.funding names ${file}, which cannot be read: ${(cause as Error).message}.`,
      fix: 'Name a CSV file on the worker, absolute or from MINUTE_ALPHA_HOME, or leave the key out.',
      details: { file },
      cause,
    });
  }
}

function changedFile(file: string): ConfigError {
  return new ConfigError('FUNDING_CHANGED', {
    what: `The funding file ${file} changed while the run was going on.`,
    fix: 'Run again: the new file has a key of its own.',
    details: { file },
  });
}
