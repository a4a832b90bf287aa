/** What is wrong with the names under `lightgbm` in the config. Pure. */
import { RESERVED_LIGHTGBM } from './defaults.js';
import { canonicalName, LIGHTGBM_NAMES } from './lightgbm-names.js';
import { nearestName, type Problem } from './problems.js';

/** The keys under `lightgbm` that are the pipeline's own. */
const OWN_KEYS = ['rounds', 'early_stopping_rounds', 'early_stopping_metric'];

/** Names that LightGBM does not know, that the pipeline sets itself, or that say the same thing twice. */
export function lightgbmProblems(params: Readonly<Record<string, unknown>>): Problem[] {
  const seen = new Map<string, string>();
  return Object.keys(params).flatMap((name) => {
    if (OWN_KEYS.includes(name)) return [];
    const canonical = canonicalName(name);
    const text = canonical === null ? unknownText(name) : knownText({ name, canonical, seen });
    return text === null ? [] : [{ path: `lightgbm.${name}`, text }];
  });
}

function unknownText(name: string): string {
  const near = nearestName(name, [...OWN_KEYS, ...LIGHTGBM_NAMES]);
  return `is no parameter of LightGBM; ${near === null ? 'remove it' : `did you mean "${near}"?`}`;
}

function knownText({
  name,
  canonical,
  seen,
}: {
  name: string;
  canonical: string;
  seen: Map<string, string>;
}): string | null {
  const instead = RESERVED_LIGHTGBM[canonical];
  if (instead !== undefined) return `cannot be set here: ${instead}`;
  const before = seen.get(canonical);
  seen.set(canonical, name);
  return before === undefined ? null : `means the same as "${before}": keep one of them`;
}
