/**
 * A preimage as a list of leaves: every value that is hashed into a key has exactly one, so that two keys
 * are equal if and only if their leaves are. Pure.
 */
import type { Json } from './node.js';
import type { NodePreimage } from './preimage.js';

export type LeafKind = 'schema' | 'stage' | 'param' | 'salt' | 'code' | 'env' | 'input' | 'order';

export interface Leaf {
  readonly kind: LeafKind;
  /** `lightgbm.params.num_leaves`, `features/BTCUSDT`, `code`, ... */
  readonly leaf: string;
  /** A text as it is, everything else as JSON. */
  readonly value: string;
  /** What is compared: JSON, so that `1` and `"1"` differ. */
  readonly exact: string;
}

/** All leaves, params first. */
export function leavesOf(preimage: NodePreimage): Leaf[] {
  const { v, stage, params, salt, impl, env, inputs } = preimage;
  return [
    leaf('schema', 'schema', v),
    leaf('stage', 'stage', stage),
    ...jsonLeaves('', params),
    leaf('salt', 'salt', salt),
    leaf('code', 'code', impl),
    ...Object.keys(env)
      .sort()
      .map((name) => leaf('env', name, env[name]!)),
    ...inputs.map(({ name, window, digest }) =>
      leaf('input', name, window === null ? digest : `${window.join('..')} ${digest}`),
    ),
    leaf('order', 'order of the inputs', JSON.stringify(inputs.map(({ name }) => name))),
  ];
}

function leaf(kind: LeafKind, name: string, value: Json): Leaf {
  const exact = JSON.stringify(value);
  return { kind, leaf: name, value: typeof value === 'string' ? value : exact, exact };
}

/** Objects and lists of objects open up; a list of plain values is one leaf, as it means one thing. */
function jsonLeaves(path: string, value: Json): Leaf[] {
  if (typeof value !== 'object' || value === null) return [leaf('param', path, value)];
  if (Array.isArray(value)) {
    if (!value.some(isBranch)) return [leaf('param', path, value)];
    return value.flatMap((item, index) => jsonLeaves(`${path}[${index}]`, item));
  }
  const keys = Object.keys(value).sort();
  if (keys.length === 0) return path === '' ? [] : [leaf('param', path, value)];
  return keys.flatMap((key) => jsonLeaves(joined(path, key), value[key]!));
}

function isBranch(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

/** A key that is no plain word is quoted: `a.b` inside `x` must not look like `b` inside `x.a`. */
function joined(path: string, key: string): string {
  if (!/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
