import { ConfigError } from '../../errors.js';

const CONTEXT_CHARACTERS = 30;

/**
 * The error of a formula: names the place and the text around it.
 * @returns ConfigError FORMULA_INVALID with `details.character`, counted from 1
 */
export function formulaError(text: string, at: number, problem: { what: string; fix: string }): ConfigError {
  const character = Math.min(at, text.length) + 1;
  return new ConfigError('FORMULA_INVALID', {
    what: `character ${character} of "${excerpt(text, at)}": ${problem.what};`,
    fix: problem.fix,
    details: { character, formula: excerpt(text, at) },
  });
}

/** The formula, or the part around `at` of a long one. */
function excerpt(text: string, at: number): string {
  if (text.length <= 2 * CONTEXT_CHARACTERS) return text;
  const start = Math.max(0, Math.min(at, text.length) - CONTEXT_CHARACTERS);
  const end = Math.min(text.length, start + 2 * CONTEXT_CHARACTERS);
  return `${start > 0 ? '..' : ''}${text.slice(start, end)}${end < text.length ? '..' : ''}`;
}
