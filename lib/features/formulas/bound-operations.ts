/**
 * Arithmetic of a column and a number: one pass over the column, where a general operation would first
 * have to fill a column with the number. The results are those of the general operation to the bit.
 */
import type { Formula } from './formula.js';
import { finite, type PointwiseRun } from './pointwise.js';

/** An operation with its number bound: what is left of its operands, and a name that tells it apart. */
export interface BoundOperation {
  readonly name: string;
  readonly args: readonly Formula[];
  readonly run: PointwiseRun;
}

type Bind = (number: number) => (a: Float64Array, out: Float64Array) => void;

/** By operation, with the number on the right and on the left. */
const BOUND: Readonly<Record<string, { readonly right: Bind; readonly left: Bind }>> = {
  add: { right: plus, left: plus },
  multiply: { right: times, left: times },
  subtract: {
    right: (number) => (a, out) => {
      for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! - number);
    },
    left: (number) => (a, out) => {
      for (let i = 0; i < out.length; i++) out[i] = finite(number - a[i]!);
    },
  },
  divide: {
    right: (number) => (a, out) => {
      for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! / number);
    },
    left: (number) => (a, out) => {
      for (let i = 0; i < out.length; i++) out[i] = finite(number / a[i]!);
    },
  },
};

function plus(number: number): ReturnType<Bind> {
  return (a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! + number);
  };
}

function times(number: number): ReturnType<Bind> {
  return (a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! * number);
  };
}

/** Tells -0 from 0, which print alike. */
export function numberKey(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The operation with its number bound; null where it has none, or nothing is gained. */
export function bindNumber(name: string, args: readonly Formula[]): BoundOperation | null {
  const binds = BOUND[name];
  const [left, right] = args;
  if (binds === undefined || left === undefined || right === undefined) return null;
  if (right.kind === 'number')
    return bound(`${name} ${numberKey(right.value)}`, left, binds.right(right.value));
  if (left.kind === 'number') return bound(`${numberKey(left.value)} ${name}`, right, binds.left(left.value));
  return null;
}

function bound(name: string, arg: Formula, run: ReturnType<Bind>): BoundOperation {
  return { name, args: [arg], run: ([column], output) => run(column!, output) };
}
