/** A formula's tree, with the position of every part. */

export type Formula =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | FormulaCall;

/** An operator (`operation`) or a function that the user named (`call`), with its operands. */
export interface FormulaCall {
  readonly kind: 'operation' | 'call';
  readonly name: string;
  readonly args: readonly Formula[];
  readonly at: number;
}

/** Deepest tree: a sum of that many terms, or as many operations within each other. */
export const MAX_DEPTH = 500;
