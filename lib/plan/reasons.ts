/** Why a node runs: the closed set of reasons, and the difference of two preimages leaf by leaf. Pure. */
import type { Json } from './node.js';
import type { NodePreimage, PreimageInput } from './preimage.js';

export const REASONS = [
  'NEVER_BUILT',
  'PARAM_CHANGED',
  'PARAM_ADDED',
  'PARAM_REMOVED',
  'CODE_CHANGED',
  'DEPENDENCY_CHANGED',
  'ENV_CHANGED',
  'INPUT_CHANGED',
  'INPUT_SET_CHANGED',
  'SALT_CHANGED',
  'SCHEMA_CHANGED',
  'RESTATED',
  'OBJECT_MISSING',
  'OBJECT_CORRUPT',
  'RECORD_CORRUPT',
  'EVICTED',
  'FORCED',
] as const;

export type Reason = (typeof REASONS)[number];

/** One leaf of the key that differs; `from` and `to` are null where the leaf is absent. */
export interface Difference {
  readonly reason: Reason;
  /** `lightgbm.params.num_leaves`, `features/BTCUSDT`, ... */
  readonly leaf: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** The leaves in which two preimages differ, params first. Empty means equal keys. */
export function diffPreimages(before: NodePreimage, after: NodePreimage): Difference[] {
  return [
    ...scalarDifference('SCHEMA_CHANGED', 'schema', before.v, after.v),
    ...diffJson('', before.params, after.params),
    ...scalarDifference('SALT_CHANGED', 'salt', before.salt, after.salt),
    ...scalarDifference('CODE_CHANGED', 'code', before.impl, after.impl),
    ...diffEnv(before.env, after.env),
    ...diffInputs(before.inputs, after.inputs),
  ];
}

function scalarDifference(reason: Reason, leaf: string, from: string, to: string): Difference[] {
  return from === to ? [] : [{ reason, leaf, from, to }];
}

function diffEnv(before: NodePreimage['env'], after: NodePreimage['env']): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((leaf) => {
    const [from, to] = [before[leaf] ?? null, after[leaf] ?? null];
    return from === to ? [] : [{ reason: 'ENV_CHANGED' as const, leaf, from, to }];
  });
}

/** Differences of two JSON values; a value on one side only is PARAM_ADDED or PARAM_REMOVED. */
function diffJson(leaf: string, before: Json | undefined, after: Json | undefined): Difference[] {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const [left, right] = [before as Record<string, Json>, after as Record<string, Json>];
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => diffJson(leaf === '' ? key : `${leaf}.${key}`, left[key], right[key]));
  }
  const [from, to] = [textOf(before), textOf(after)];
  if (from === to) return [];
  if (leaf === 'recheck' && to?.startsWith('archive ')) return [{ reason: 'RESTATED', leaf, from, to }];
  const reason = from === null ? 'PARAM_ADDED' : to === null ? 'PARAM_REMOVED' : 'PARAM_CHANGED';
  return [{ reason, leaf, from, to }];
}

function isBranch(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function textOf(value: Json | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function diffInputs(before: readonly PreimageInput[], after: readonly PreimageInput[]): Difference[] {
  const [left, right] = [inputsByName(before), inputsByName(after)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names.flatMap((leaf) => {
    const [from, to] = [left.get(leaf) ?? null, right.get(leaf) ?? null];
    if (from === to) return [];
    const reason = from === null || to === null ? 'INPUT_SET_CHANGED' : 'INPUT_CHANGED';
    return [{ reason, leaf, from, to }] as Difference[];
  });
}

function inputsByName(inputs: readonly PreimageInput[]): Map<string, string> {
  return new Map(
    inputs.map(({ name, window, digest }) => [
      name,
      window === null ? digest : `${window.join('..')} ${digest}`,
    ]),
  );
}

/** `num_leaves 31 -> 63`: a difference in the words of the plan. */
export function describeDifference({ reason, leaf, from, to }: Difference): string {
  if (reason === 'CODE_CHANGED') return 'code changed';
  if (reason === 'RESTATED') return 'archive restated';
  if (reason === 'INPUT_CHANGED') return `${leaf} changed`;
  if (reason === 'INPUT_SET_CHANGED') return `${leaf} ${from === null ? 'added' : 'removed'}`;
  if (from === null) return `${leaf} added: ${short(to)}`;
  if (to === null) return `${leaf} removed: ${short(from)}`;
  return `${leaf} ${short(from)} -> ${short(to)}`;
}

function short(text: string | null): string {
  if (text === null) return '';
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
