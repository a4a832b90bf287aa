/**
 * Operations on the values of one bar. A missing operand, or a result that is no finite number
 * (division by zero, log of 0, overflow), makes the result NaN. Truth is 1, falsehood 0; any other
 * number than 0 is true. Each loops over whole columns; sizes are the output's.
 */

export type PointwiseRun = (inputs: readonly Float64Array[], output: Float64Array) => void;

export interface PointwiseOperation {
  /** Number of operands. */
  readonly operands: number;
  readonly run: PointwiseRun;
}

/** x to the bit where it is finite, else NaN. Without a branch: a choice would double the time of a column. */
export const finite = (x: number): number => x - (x - x);

const unary = (run: (a: Float64Array, output: Float64Array) => void): PointwiseOperation => ({
  operands: 1,
  run: ([a], output) => run(a!, output),
});

const binary = (
  run: (a: Float64Array, b: Float64Array, output: Float64Array) => void,
): PointwiseOperation => ({ operands: 2, run: ([a, b], output) => run(a!, b!, output) });

/** Four rows a turn: what a turn costs beside its arithmetic is the larger part of it. */
const arithmetic = {
  add: binary((a, b, out) => {
    let i = 0;
    for (; i + 3 < out.length; i += 4) {
      out[i] = finite(a[i]! + b[i]!);
      out[i + 1] = finite(a[i + 1]! + b[i + 1]!);
      out[i + 2] = finite(a[i + 2]! + b[i + 2]!);
      out[i + 3] = finite(a[i + 3]! + b[i + 3]!);
    }
    for (; i < out.length; i++) out[i] = finite(a[i]! + b[i]!);
  }),
  subtract: binary((a, b, out) => {
    let i = 0;
    for (; i + 3 < out.length; i += 4) {
      out[i] = finite(a[i]! - b[i]!);
      out[i + 1] = finite(a[i + 1]! - b[i + 1]!);
      out[i + 2] = finite(a[i + 2]! - b[i + 2]!);
      out[i + 3] = finite(a[i + 3]! - b[i + 3]!);
    }
    for (; i < out.length; i++) out[i] = finite(a[i]! - b[i]!);
  }),
  multiply: binary((a, b, out) => {
    let i = 0;
    for (; i + 3 < out.length; i += 4) {
      out[i] = finite(a[i]! * b[i]!);
      out[i + 1] = finite(a[i + 1]! * b[i + 1]!);
      out[i + 2] = finite(a[i + 2]! * b[i + 2]!);
      out[i + 3] = finite(a[i + 3]! * b[i + 3]!);
    }
    for (; i < out.length; i++) out[i] = finite(a[i]! * b[i]!);
  }),
  divide: binary((a, b, out) => {
    let i = 0;
    for (; i + 3 < out.length; i += 4) {
      out[i] = finite(a[i]! / b[i]!);
      out[i + 1] = finite(a[i + 1]! / b[i + 1]!);
      out[i + 2] = finite(a[i + 2]! / b[i + 2]!);
      out[i + 3] = finite(a[i + 3]! / b[i + 3]!);
    }
    for (; i < out.length; i++) out[i] = finite(a[i]! / b[i]!);
  }),
  /** The remainder with the sign of the divisor. */
  mod: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! - b[i]! * Math.floor(a[i]! / b[i]!));
  }),
  /** Times a[i] - a[i], which is 0 or NaN, because NaN^0 is 1 for JavaScript. */
  pow: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(a[i]! ** b[i]! + (a[i]! - a[i]!));
  }),
  negate: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = -a[i]!;
  }),
  plus: unary((a, out) => out.set(a)),
};

const functions = {
  abs: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(a[i]!);
  }),
  log: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(Math.log(a[i]!));
  }),
  sign: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(a[i]!);
  }),
  sqrt: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(a[i]!);
  }),
  exp: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = finite(Math.exp(a[i]!));
  }),
};

/** 0 where both operands are there, else NaN: added to a truth it makes an unknown one NaN. */
const known = (a: number, b: number): number => (a - a) * (b - b);

const comparisons = {
  less: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! < b[i]! ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  lessOrEqual: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! <= b[i]! ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  greater: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! > b[i]! ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  greaterOrEqual: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! >= b[i]! ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  equal: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! === b[i]! ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  unequal: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! === b[i]! ? 0 : 1) + known(a[i]!, b[i]!);
  }),
};

const logic = {
  and: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! !== 0 && b[i]! !== 0 ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  or: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! !== 0 || b[i]! !== 0 ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  xor: binary((a, b, out) => {
    for (let i = 0; i < out.length; i++)
      out[i] = ((a[i]! !== 0) !== (b[i]! !== 0) ? 1 : 0) + known(a[i]!, b[i]!);
  }),
  not: unary((a, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (a[i]! === 0 ? 1 : 0) + (a[i]! - a[i]!);
  }),
  choose: {
    operands: 3,
    run: ([condition, yes, no], out) => {
      for (let i = 0; i < out.length; i++) {
        const holds = condition![i]!;
        out[i] = Number.isNaN(holds) ? Number.NaN : holds !== 0 ? yes![i]! : no![i]!;
      }
    },
  } satisfies PointwiseOperation,
};

/** Every pointwise operation by the name it has in a formula's tree. */
export const POINTWISE: Readonly<Record<string, PointwiseOperation>> = {
  ...arithmetic,
  ...functions,
  ...comparisons,
  ...logic,
};

/** Those that a formula calls by name; the others have operators. */
export const POINTWISE_FUNCTIONS: readonly string[] = [...Object.keys(functions), 'mod'];
