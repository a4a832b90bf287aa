/** Why a node runs: the closed set of reasons, and the difference of two preimages leaf by leaf. Pure. */
import { isoOf } from '../bars/interval.js';
import { leavesOf, type Leaf, type LeafKind } from './leaves.js';
import type { NodePreimage } from './preimage.js';

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

/** The leaves in which two preimages differ, params first. Empty if and only if their keys are equal. */
export function diffPreimages(before: NodePreimage, after: NodePreimage): Difference[] {
  return diffLeaves(leavesOf(before), leavesOf(after));
}

/** The differences of two lists of leaves, in the order of their kinds. */
export function diffLeaves(before: readonly Leaf[], after: readonly Leaf[]): Difference[] {
  const [left, right] = [byName(before), byName(after)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const differences = withoutShells(names.flatMap((name) => diffLeaf(left.get(name), right.get(name))));
  const members = differences.filter(({ kind }) => kind !== 'order');
  // The order follows from the members; by itself it counts only where they are the same.
  const counted = members.some(({ reason }) => reason === 'INPUT_SET_CHANGED') ? members : differences;
  return KIND_ORDER.flatMap((kind) =>
    counted
      .filter((each) => each.kind === kind)
      .map(({ reason, leaf, from, to }) => ({ reason, leaf, from, to })),
  );
}

/** `x: {}` that became `x.a: 1` is told by the leaf that appeared. */
function withoutShells<T extends Difference>(differences: readonly T[]): T[] {
  const isShell = ({ leaf, from, to }: T): boolean =>
    (from === '{}' || to === '{}') && differences.some((other) => other.leaf.startsWith(`${leaf}.`));
  return differences.filter((difference) => !isShell(difference));
}

/** Config first, because that is what a user changes; then code and libraries, then data. */
const KIND_ORDER: readonly LeafKind[] = ['schema', 'stage', 'param', 'salt', 'code', 'env', 'input', 'order'];

function byName(leaves: readonly Leaf[]): Map<string, Leaf> {
  return new Map(leaves.map((leaf) => [`${leaf.kind} ${leaf.leaf}`, leaf]));
}

function diffLeaf(before?: Leaf, after?: Leaf): (Difference & { kind: LeafKind })[] {
  if (before?.exact === after?.exact) return [];
  const { kind, leaf } = (before ?? after)!;
  const change = { added: before === undefined, removed: after === undefined };
  const reason = SPECIAL[`${kind} ${leaf}`] ?? reasonOf(kind, change);
  return [{ kind, reason, leaf, from: before?.value ?? null, to: after?.value ?? null }];
}

/** Leaves that have a reason of their own. */
const SPECIAL: Readonly<Record<string, Reason>> = {
  'env packages': 'DEPENDENCY_CHANGED',
  // The mark of the last `--recheck`: the exchange was asked again whether closed months still hold.
  'param recheck': 'RESTATED',
};

function reasonOf(kind: LeafKind, change: { added: boolean; removed: boolean }): Reason {
  switch (kind) {
    case 'schema':
    case 'stage':
      return 'SCHEMA_CHANGED';
    case 'param':
      return change.added ? 'PARAM_ADDED' : change.removed ? 'PARAM_REMOVED' : 'PARAM_CHANGED';
    case 'salt':
      return 'SALT_CHANGED';
    case 'code':
      return 'CODE_CHANGED';
    case 'env':
      return 'ENV_CHANGED';
    case 'input':
      return change.added || change.removed ? 'INPUT_SET_CHANGED' : 'INPUT_CHANGED';
    case 'order':
      return 'INPUT_SET_CHANGED';
  }
}

/** Differences in the words of the plan: the first two, and how many more. */
export function describeDifferences(differences: readonly Difference[]): string {
  const texts = [...new Set(differences.map(describeDifference))];
  const shown = texts.slice(0, 2).join(', ');
  return texts.length > 2 ? `${shown} and ${texts.length - 2} more` : shown;
}

/** `num_leaves 31 -> 63`: a difference in the words of the plan. */
export function describeDifference({ reason, leaf, from, to }: Difference): string {
  if (reason === 'CODE_CHANGED') return 'code changed';
  if (reason === 'DEPENDENCY_CHANGED') return describePackages(from, to);
  if (reason === 'RESTATED') return `asked again (${leaf} ${to ?? 'never'})`;
  if (reason === 'INPUT_CHANGED') return `${leaf} changed`;
  if (reason === 'INPUT_SET_CHANGED') return describeSet(leaf, from, to);
  // Entries of one list are one change of that list.
  const list = /^(.*?)\[\d+\]/.exec(leaf)?.[1];
  if (list !== undefined && (from === null || to === null))
    return `${list}: entries ${from === null ? 'added' : 'removed'}`;
  const told = (text: string | null): string => short(readable(leaf, text));
  if (from === null) return `${leaf} added: ${told(to)}`;
  if (to === null) return `${leaf} removed: ${told(from)}`;
  return describeList(leaf, from, to) ?? `${leaf} ${told(from)} -> ${told(to)}`;
}

/** `packages +hyparquet@1.31.6 -hyparquet@1.31.5`; the digest at the end tells the rest apart. */
function describePackages(from: string | null, to: string | null): string {
  const [before, after] = [from, to].map((text) => JSON.stringify((text ?? '').split(' ').slice(0, -1)));
  if (before === after) return 'packages: same versions, other contents';
  return describeList('packages', before!, after!) ?? 'packages changed';
}

function describeSet(leaf: string, from: string | null, to: string | null): string {
  if (from === null) return `${leaf} added`;
  return to === null ? `${leaf} removed` : `${leaf} changed`;
}

/** `columns +range_bp -rsi`; null where it is no list, or only its order changed. */
function describeList(leaf: string, from: string, to: string): string | null {
  const [before, after] = [listOf(from), listOf(to)];
  if (before === null || after === null) return null;
  const added = after.filter((item) => !before.includes(item)).map((item) => `+${item}`);
  const removed = before.filter((item) => !after.includes(item)).map((item) => `-${item}`);
  const changes = [...added, ...removed];
  if (changes.length === 0) return `${leaf}: other order`;
  const more = changes.length > 3 ? ` and ${changes.length - 3} more` : '';
  return `${leaf} ${changes.slice(0, 3).join(' ')}${more}`;
}

function listOf(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  const list = JSON.parse(text) as unknown[];
  return list.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

/** A moment in ms as the date that a reader knows. */
function readable(leaf: string, text: string | null): string {
  const isMoment = leaf.endsWith('Ms') && /^\d{12,13}$/.test(text ?? '');
  return isMoment ? isoOf(Number(text)) : (text ?? '');
}

function short(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
