/** What a user says about features, and what is wrong with it. */
import { closest, distance } from 'fastest-levenshtein';
import { ConfigError } from '../errors.js';

/** An entry of the catalogue of indicators. */
export interface IndicatorRequest {
  readonly name: string;
  readonly params?: Readonly<Record<string, number>>;
  /** Prefix of the columns instead of the name. */
  readonly as?: string | null;
}

/** The part of the config that decides the columns of the model data. */
export interface FeatureDefinition {
  /** `feature_flags`: groups turned on or off, beside their defaults. */
  readonly flags: Readonly<Record<string, boolean>>;
  /** Formulas by column name, in the order of the columns. */
  readonly expressions: Readonly<Record<string, string>>;
  readonly indicators: readonly IndicatorRequest[];
}

/** One fault of a definition. */
export interface DefinitionProblem {
  /** `feature_flags.rsi`, `expressions.mom30`, `indicators[0]`. */
  readonly path: string;
  /** What is wrong and what to write instead. */
  readonly text: string;
  /** Character of the formula, counted from 1, where there is one. */
  readonly character?: number;
}

/** Collects the faults of a definition, so that one error can list them all. */
export class DefinitionProblems {
  private readonly problems: DefinitionProblem[] = [];

  add(problem: DefinitionProblem): void {
    this.problems.push(problem);
  }

  get found(): boolean {
    return this.problems.length > 0;
  }

  /** Runs `check`; a ConfigError it throws, or a full stack, becomes a problem at `path`
   * and null is returned. */
  attempt<T>(path: string, check: () => T): T | null {
    try {
      return check();
    } catch (thrown) {
      if (thrown instanceof RangeError) {
        this.add({ path, text: 'is made of too many operations within each other. Make it smaller.' });
        return null;
      }
      if (!(thrown instanceof ConfigError)) throw thrown;
      const { character } = thrown.details;
      this.add({
        path,
        text: `${thrown.what} ${thrown.fix}`,
        ...(typeof character === 'number' ? { character } : {}),
      });
      return null;
    }
  }

  /** @throws ConfigError FEATURES_INVALID listing every problem; nothing where there is none */
  refuse(): void {
    const { problems } = this;
    if (problems.length === 0) return;
    const lines = problems.map(({ path, text }) => `  ${path}: ${text}`);
    throw new ConfigError('FEATURES_INVALID', {
      what: `The feature definition has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${lines.join('\n')}\n`,
      fix: 'Nothing was computed; mend the lines above and start again.',
      details: { problems: problems.map((problem) => ({ ...problem })) },
    });
  }
}

/** More names than this help nobody. */
const LISTED_NAMES = 60;

/** `; did you mean "rsi"?`, or the known names where none is near. */
export function suggestName(name: string, known: readonly string[]): string {
  const near = known.length === 0 ? '' : closest(name, [...known]);
  const isNear = near !== '' && distance(name, near) <= Math.max(1, Math.floor(name.length / 3));
  if (isNear) return `did you mean "${near}"?`;
  const rest = known.length > LISTED_NAMES ? `, and ${known.length - LISTED_NAMES} more` : '';
  return `the known ones are ${known.slice(0, LISTED_NAMES).join(', ')}${rest}.`;
}
