/** Action keys: what would be computed, as one hash. Pure. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** Everything that a result depends on; its canonical JSON is what is hashed. */
export interface Preimage {
  readonly v: 'k1';
  readonly stage: string;
  /** Fingerprint of the stage's code. */
  readonly impl: string;
  readonly params: unknown;
  readonly inputs: readonly PreimageDigest[];
  /** Versions and digests of the native libraries. */
  readonly env: Readonly<Record<string, string>>;
  readonly salt: string;
}

export interface PreimageDigest {
  readonly name: string;
  /** ISO times, half-open, where the digest covers a window of rows and not a file. */
  readonly window: readonly [string, string] | null;
  readonly digest: string;
}

/** `sha256("minute-alpha/k1\n" + canonical JSON)` in 64 hex digits. @throws InvariantError NOT_CANONICAL */
export function actionKey(preimage: Preimage): string {
  return createHash('sha256').update('minute-alpha/k1\n').update(canonicalJson(preimage)).digest('hex');
}
