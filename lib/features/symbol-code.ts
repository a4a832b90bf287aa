import { createHash } from 'node:crypto';

export const SYMBOL_CODE_COLUMN = 'symbol_code';

/**
 * The category of a symbol, 0..65535: the last 16 bits of the SHA-256 of its name. It depends on nothing
 * but the name, so that a symbol added to the config changes no other symbol's model data; and it is
 * small, because LightGBM keeps a bit for every category up to the largest.
 */
export function symbolCode(symbol: string): number {
  return createHash('sha256').update(symbol).digest().readUInt16BE(30);
}

/** Two symbols that share a code, so that a model could not tell them apart; null where there are none. */
export function findCodeClash(symbols: readonly string[]): readonly [string, string] | null {
  const byCode = new Map<number, string>();
  for (const symbol of new Set(symbols)) {
    const code = symbolCode(symbol);
    const other = byCode.get(code);
    if (other !== undefined) return [other, symbol];
    byCode.set(code, symbol);
  }
  return null;
}
