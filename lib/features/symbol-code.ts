import { createHash } from 'node:crypto';
import { ConfigError } from '../errors.js';

export const SYMBOL_CODE_COLUMN = 'symbol_code';

/**
 * The category of a symbol, 0..65535: the last 16 bits of the SHA-256 of its name. It depends on nothing
 * but the name, so that a symbol added to the config changes no other symbol's model data; and it is
 * small, because LightGBM keeps a bit for every category up to the largest.
 */
export function symbolCode(symbol: string): number {
  return createHash('sha256').update(symbol).digest().readUInt16BE(30);
}

/**
 * Refuses symbols that share a code: a model could not tell them apart.
 * @throws ConfigError SYMBOL_CODE_CLASH naming two of them
 */
export function refuseCodeClash(symbols: readonly string[]): void {
  const byCode = new Map<number, string>();
  for (const symbol of new Set(symbols)) {
    const code = symbolCode(symbol);
    const other = byCode.get(code);
    if (other !== undefined) {
      throw new ConfigError('SYMBOL_CODE_CLASH', {
        what: `${other} and ${symbol} have the same category ${code} in the feature "symbol".`,
        fix: 'Leave one of them out, or set feature_flags.symbol to false.',
      });
    }
    byCode.set(code, symbol);
  }
}
