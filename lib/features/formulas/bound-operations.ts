/**
 * Arithmetic of a column and a number: one pass over the column, where a general operation would first
 * have to fill a column with the number. The results are those of the general operation to the bit.
 * Four rows a turn, as in pointwise.ts.
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

const plus: Bind = (number) => (a, out) => {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    out[i] = finite(a[i]! + number);
    out[i + 1] = finite(a[i + 1]! + number);
    out[i + 2] = finite(a[i + 2]! + number);
    out[i + 3] = finite(a[i + 3]! + number);
  }
  for (; i < out.length; i++) out[i] = finite(a[i]! + number);
};

const times: Bind = (number) => (a, out) => {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    out[i] = finite(a[i]! * number);
    out[i + 1] = finite(a[i + 1]! * number);
    out[i + 2] = finite(a[i + 2]! * number);
    out[i + 3] = finite(a[i + 3]! * number);
  }
  for (; i < out.length; i++) out[i] = finite(a[i]! * number);
};

const over: Bind = (number) => (a, out) => {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    out[i] = finite(a[i]! / number);
    out[i + 1] = finite(a[i + 1]! / number);
    out[i + 2] = finite(a[i + 2]! / number);
    out[i + 3] = finite(a[i + 3]! / number);
  }
  for (; i < out.length; i++) out[i] = finite(a[i]! / number);
};

const minusFrom: Bind = (number) => (a, out) => {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    out[i] = finite(number - a[i]!);
    out[i + 1] = finite(number - a[i + 1]!);
    out[i + 2] = finite(number - a[i + 2]!);
    out[i + 3] = finite(number - a[i + 3]!);
  }
  for (; i < out.length; i++) out[i] = finite(number - a[i]!);
};

const dividing: Bind = (number) => (a, out) => {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    out[i] = finite(number / a[i]!);
    out[i + 1] = finite(number / a[i + 1]!);
    out[i + 2] = finite(number / a[i + 2]!);
    out[i + 3] = finite(number / a[i + 3]!);
  }
  for (; i < out.length; i++) out[i] = finite(number / a[i]!);
};

/** By operation, with the number on the right and on the left. */
const BOUND: Readonly<Record<string, { readonly right: Bind; readonly left: Bind }>> = {
  add: { right: plus, left: plus },
  multiply: { right: times, left: times },
  subtract: { right: (number) => plus(-number), left: minusFrom },
  divide: { right: over, left: dividing },
};

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
