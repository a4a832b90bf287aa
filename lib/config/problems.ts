/** Turns what is wrong with a config into one error that lists every problem with its path and its fix. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { ConfigError } from '../errors.js';

export interface Problem {
  /** `folds.train`, `train_symbols[1]`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what to write instead. */
  readonly text: string;
}

/** The known name nearest to `name`, or null where none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const best = closest(name, [...known]);
  return distance(name, best) <= Math.max(2, Math.floor(name.length / 3)) ? best : null;
}

/** Throws nothing when the list is empty, else one ConfigError that holds them all. */
export function refuseProblems(subject: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, text }) => `  ${path === '' ? '(whole)' : path}: ${text}`);
  throw new ConfigError('CONFIG_INVALID', {
    what: `${subject}: ${problems.length} problem${problems.length === 1 ? '' : 's'}.\n${lines.join('\n')}\n`,
    fix: 'Nothing was started and nothing was written; mend the lines above and start again.',
    details: { problems: problems.map((problem) => ({ ...problem })) },
  });
}

/** Problems of a failed zod parse; `keysAt` tells the keys known at a path, for the nearest name. */
export function problemsOf(error: z.ZodError, keysAt: (path: PropertyKey[]) => readonly string[]): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), text: issueText(issue) }];
    const known = keysAt(issue.path);
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      text: unknownKeyText(key, known),
    }));
  });
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const near = nearestName(key, known);
  return near === null
    ? `is not a known key; the known ones are ${known.join(', ')}`
    : `is not a known key; did you mean "${near}"?`;
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}, ${gotText(issue.input)}`;
  if (issue.code === 'invalid_value') {
    return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}, ${gotText(issue.input)}`;
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bounds = boundText(issue);
    if (bounds !== null) return `must ${bounds}, ${gotText(issue.input)}`;
  }
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => inner.message).join('; ');
  if (issue.code === 'invalid_union')
    return `must be a number, a text or true/false, ${gotText(issue.input)}`;
  return `${issue.input === undefined ? '' : `${shown(issue.input)} `}${issue.message}`;
}

/** Null for a list that is too short, whose own message says more. */
function boundText(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string | null {
  const isSmall = issue.code === 'too_small';
  const [bound, least, beyond] = isSmall
    ? [issue.minimum, 'at least', 'above']
    : [issue.maximum, 'at most', 'below'];
  if (isSmall && issue.origin === 'array') return null;
  if (isSmall && issue.origin === 'string' && bound === 1) return 'not be empty';
  if (issue.origin === 'string') return `have ${least} ${bound} characters`;
  return `be ${issue.inclusive === false ? beyond : least} ${bound}`;
}

function article(type: string): string {
  const names: Record<string, string> = {
    int: 'a whole number',
    object: 'an object {}',
    record: 'an object {}',
    array: 'a list []',
  };
  return names[type] ?? `a ${type}`;
}

function gotText(input: unknown): string {
  return `got ${shown(input)}`;
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing';
  const text = JSON.stringify(input) ?? String(input);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
