/** A formula evaluated the slow way, bar by bar and window by window, and a generator of such formulas. */
import fc from 'fast-check';

export type Node =
  | { readonly column: string }
  | { readonly number: number }
  | { readonly call: string; readonly args: readonly Node[]; readonly bars?: number };

/** Rows of one segment; columns by name. */
export type Rows = Readonly<Record<string, readonly number[]>>;

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  mod: (a, b) => a - b * Math.floor(a / b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  xor: (a, b) => Number((a !== 0) !== (b !== 0)),
};

const FUNCTIONS: Readonly<Record<string, (a: number) => number>> = {
  abs: Math.abs,
  log: Math.log,
  sign: Math.sign,
  sqrt: Math.sqrt,
  exp: Math.exp,
  not: (a) => Number(a === 0),
  '-': (a) => -a,
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const products = (x: readonly number[], y: readonly number[]): number => {
  const [centreX, centreY] = [mean(x), mean(y)];
  return x.reduce((sum, value, i) => sum + (value - centreX) * (y[i]! - centreY), 0);
};
const deviation = (x: readonly number[]): number => Math.sqrt(products(x, x) / (x.length - 1));

const WINDOWS: Readonly<Record<string, (x: readonly number[], y: readonly number[]) => number>> = {
  sum: (x) => x.reduce((sum, value) => sum + value, 0),
  sma: (x) => mean(x),
  std: (x) => deviation(x),
  zscore: (x) => (x.at(-1)! - mean(x)) / deviation(x),
  min: (x) => Math.min(...x),
  max: (x) => Math.max(...x),
  rank: (x) =>
    (x.filter((value) => value < x.at(-1)!).length + x.filter((value) => value === x.at(-1)!).length / 2) /
    x.length,
  corr: (x, y) => products(x, y) / Math.sqrt(products(x, x)) / Math.sqrt(products(y, y)),
};

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

/** The column of `node` over the rows of one segment. */
export function evaluate(node: Node, rows: Rows): number[] {
  const length = Object.values(rows)[0]!.length;
  if ('number' in node) return new Array<number>(length).fill(node.number);
  if ('column' in node) return [...rows[node.column]!];
  const columns = node.args.map((arg) => evaluate(arg, rows));
  return Array.from({ length }, (_, t) => valueAt(node.call, columns, node.bars ?? 0, t));
}

function valueAt(call: string, columns: readonly number[][], bars: number, t: number): number {
  const [x, y, z] = columns as [number[], number[], number[]];
  if (call === 'lag') return x[t - bars] ?? Number.NaN;
  if (call === 'diff') return finite(x[t]! - (x[t - bars] ?? Number.NaN));
  if (call === 'ema') return exponentialAverage(x, bars, t);
  if (call === '?') return Number.isNaN(x[t]!) ? Number.NaN : x[t] !== 0 ? y[t]! : z[t]!;
  if (WINDOWS[call] !== undefined) {
    if (t < bars - 1) return Number.NaN;
    const windows = columns.map((column) => column.slice(t - bars + 1, t + 1));
    if (windows.flat().some(Number.isNaN)) return Number.NaN;
    return finite(WINDOWS[call](windows[0]!, windows[1] ?? []));
  }
  const operands = columns.map((column) => column[t]!);
  if (operands.some(Number.isNaN)) return Number.NaN;
  const [a, b] = operands as [number, number];
  return finite(operands.length === 1 ? FUNCTIONS[call]!(a) : OPERATORS[call]!(a, b));
}

function exponentialAverage(x: readonly number[], bars: number, t: number): number {
  const values = x.slice(0, t + 1).filter((value) => !Number.isNaN(value));
  if (values.length < bars || Number.isNaN(x[t]!)) return Number.NaN;
  let average = mean(values.slice(0, bars));
  for (const value of values.slice(bars)) average += (2 / (bars + 1)) * (value - average);
  return average;
}

/** The text of a formula, with parentheses around every operation. */
export function textOf(node: Node): string {
  if ('number' in node) return node.number < 0 ? `(${node.number})` : String(node.number);
  if ('column' in node) return node.column;
  const args = node.args.map(textOf);
  if (node.call === '?') return `(${args[0]!} ? ${args[1]!} : ${args[2]!})`;
  if (args.length === 1 && ['not', '-'].includes(node.call)) return `(${node.call} ${args[0]!})`;
  if (OPERATORS[node.call] !== undefined) return `(${args.join(` ${node.call} `)})`;
  return `${node.call}(${[...args, ...(node.bars === undefined ? [] : [node.bars])].join(', ')})`;
}

const column = fc.constantFrom('a', 'b', 'c').map((name): Node => ({ column: name }));
const number = fc.integer({ min: -3, max: 9 }).map((value): Node => ({ number: value }));

/** Formulas whose values are whole numbers, so that any order of operations gives the same. */
const { whole } = fc.letrec<{ whole: Node }>((tie) => {
  const call = (names: readonly string[], args: number): fc.Arbitrary<Node> =>
    fc.record({
      call: fc.constantFrom(...names),
      args: fc.array(tie('whole'), { minLength: args, maxLength: args }),
    });
  const windowed = (names: readonly string[]): fc.Arbitrary<Node> =>
    fc.record({
      call: fc.constantFrom(...names),
      args: fc.tuple(tie('whole')),
      bars: fc.integer({ min: 1, max: 9 }),
    });
  return {
    whole: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'formula' },
      { weight: 2, arbitrary: column },
      { weight: 1, arbitrary: number },
      call(['+', '-', '*'], 2),
      call(['<', '<=', '>', '>=', '==', '!=', 'and', 'or', 'xor'], 2),
      call(['abs', 'sign', 'not', '-'], 1),
      call(['?'], 3),
      windowed(['lag', 'diff', 'sum', 'min', 'max']),
    ),
  };
});

const bars = fc.integer({ min: 2, max: 12 });
const one = (names: readonly string[]): fc.Arbitrary<Node> =>
  fc.record({ call: fc.constantFrom(...names), args: fc.tuple(whole), bars });

/** Formulas of every operation. */
export const formulas: fc.Arbitrary<Node> = fc.oneof(
  whole,
  one(['sma', 'std', 'zscore', 'rank', 'ema']),
  fc.record({ call: fc.constant('corr'), args: fc.tuple(whole, whole), bars }),
  fc.record({ call: fc.constantFrom('/', 'mod', '^'), args: fc.tuple(whole, whole) }),
  fc.record({ call: fc.constantFrom('log', 'sqrt', 'exp'), args: fc.tuple(whole) }),
);
