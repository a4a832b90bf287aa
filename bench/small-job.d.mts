export const SYMBOLS: string[];
/** Flags of `simulate`. */
export const MARKET_FLAGS: string[];
export function smallConfig(url: string, change?: Record<string, unknown>): Record<string, unknown>;
export function randomOf(seed: number): () => number;
