/** Which code and which libraries stand behind each program: the `impl` and `env` of action keys. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SetupError } from '../../lib/errors.js';
import { PROGRAM_STAGES, type ProgramName } from '../../lib/plan/node.js';
import type { CodeIdentity } from '../../lib/plan/preimage.js';

export interface LibraryIdentity {
  readonly lightgbm: string;
  readonly addon: string;
  readonly browser: string;
  /** Digest of the drawing library and fonts that the build prepared. */
  readonly drawing: string;
}

/** Fingerprints written by the build, by program. */
export type Fingerprints = Readonly<Record<ProgramName, string>>;

/**
 * Reads the build's fingerprints.
 * @throws SetupError FINGERPRINTS_MISSING when there is no complete build
 */
export function readFingerprints(file: string): Fingerprints {
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new SetupError('FINGERPRINTS_MISSING', {
      what: `The build has no fingerprints of its code: ${file} cannot be read.`,
      fix: 'Run `npm run setup`.',
      cause,
    });
  }
  const missing = Object.keys(PROGRAM_STAGES).filter((program) => typeof found[program] !== 'string');
  if (missing.length > 0) {
    throw new SetupError('FINGERPRINTS_MISSING', {
      what: `The build has no fingerprint of ${missing.join(', ')} in ${file}.`,
      fix: 'Run `npm run build`.',
    });
  }
  return found as Fingerprints;
}

/** The identity of each program: fingerprint, and the versions of the native parts that its bytes depend on. */
export function codeIdentities(
  fingerprints: Fingerprints,
  libraries: LibraryIdentity,
): (program: ProgramName) => CodeIdentity {
  const training = { addon: libraries.addon, lightgbm: libraries.lightgbm };
  const drawing = { browser: libraries.browser, drawing: libraries.drawing };
  const env: Partial<Record<ProgramName, Record<string, string>>> = {
    fold: training,
    predict: training,
    quantileFigures: drawing,
    backtestFigures: drawing,
    reportPage: { drawing: libraries.drawing },
  };
  return (program) => {
    // Code and packages apart, so that an update of a package is told as what it is.
    const [impl, packages] = fingerprints[program].split('|') as [string, string?];
    return { impl, env: { ...env[program], ...(packages === undefined ? {} : { packages }) } };
  };
}

/** `sha256:<hex>` of a file's bytes. */
export function fileDigest(file: string): string {
  return `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}
