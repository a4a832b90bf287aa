/** Formulas are read by mathjs's parser; only its tree is used, nothing of it is evaluated. */
import type { MathNode } from 'mathjs';
import { InvariantError } from '../../errors.js';
import { formulaError } from './formula-error.js';
import { MAX_DEPTH, type Formula } from './formula.js';
import { findLeaves, type Leaf } from './tokens.js';

/** Reads a formula into a {@link Formula}. */
export type FormulaParser = (text: string) => Formula;

type Parse = (text: string) => MathNode;

let loaded: Promise<FormulaParser> | null = null;

/** The parser. Loaded on first use: mathjs takes 0.3 s, and most workers meet no formula. */
export function loadFormulaParser(): Promise<FormulaParser> {
  loaded ??= import('mathjs/number').then(({ create, parseDependencies }) => {
    const { parse } = create(parseDependencies as Parameters<typeof create>[0], {});
    return (text) => parseFormula(parse as Parse, text);
  });
  return loaded;
}

/** mathjs's operators by our operations; all others are refused. */
const OPERATORS: Readonly<Record<string, string>> = {
  add: 'add',
  subtract: 'subtract',
  multiply: 'multiply',
  divide: 'divide',
  pow: 'pow',
  mod: 'mod',
  unaryMinus: 'negate',
  unaryPlus: 'plus',
  smaller: 'less',
  smallerEq: 'lessOrEqual',
  larger: 'greater',
  largerEq: 'greaterOrEqual',
  equal: 'equal',
  unequal: 'unequal',
  and: 'and',
  or: 'or',
  xor: 'xor',
  not: 'not',
};

/** The parts of mathjs's nodes that are read; they differ by `type`. */
interface AnyNode {
  readonly type: string;
  readonly args?: readonly AnyNode[];
  readonly content?: AnyNode;
  readonly condition?: AnyNode;
  readonly trueExpr?: AnyNode;
  readonly falseExpr?: AnyNode;
  readonly params?: readonly AnyNode[];
  readonly conditionals?: readonly string[];
  readonly fn?: string | AnyNode;
  readonly implicit?: boolean;
  readonly object?: AnyNode;
  readonly index?: { readonly dotNotation?: boolean; readonly dimensions?: readonly AnyNode[] };
  readonly name?: string;
  readonly value?: unknown;
}

function parseFormula(parse: Parse, text: string): Formula {
  const leaves = findLeaves(text);
  const tree = readTree(parse, text) as unknown as AnyNode;
  return new TreeReader(text, leaves).read(tree, 0);
}

function readTree(parse: Parse, text: string): MathNode {
  try {
    // A line break would end an expression for mathjs.
    return parse(text.replace(/[\r\n]/g, ' '));
  } catch (thrown) {
    if (thrown instanceof RangeError) throw tooDeep(text, 0);
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const { char } = thrown as SyntaxError & { char?: number };
    const what = thrown.message.replace(/ \(char \d+\)$/, '');
    throw formulaError(text, (char ?? 1) - 1, {
      what: what.charAt(0).toLowerCase() + what.slice(1),
      fix: 'mend the formula there.',
    });
  }
}

function tooDeep(text: string, at: number): Error {
  return formulaError(text, at, {
    what: `more than ${MAX_DEPTH} operations are within each other`,
    fix: 'split the formula into several expressions.',
  });
}

/**
 * Turns mathjs's tree into ours. A tree visited in the order of its parts meets names and numbers in
 * the order of the text, so the n-th leaf of the tree stands where the n-th of the text does.
 */
class TreeReader {
  private next = 0;

  constructor(
    private readonly text: string,
    private readonly leaves: readonly Leaf[],
  ) {}

  read(node: AnyNode, depth: number): Formula {
    const at = this.leaves[this.next]?.at ?? this.text.length;
    if (depth > MAX_DEPTH) throw tooDeep(this.text, at);
    const readAll = (parts: readonly AnyNode[]): Formula[] => parts.map((part) => this.read(part, depth + 1));
    switch (node.type) {
      case 'ParenthesisNode':
        return this.read(node.content!, depth + 1);
      case 'ConstantNode':
        return this.readNumber(node);
      case 'SymbolNode':
        return { kind: 'name', name: node.name!, at: this.take(node.name!) };
      case 'AccessorNode':
        return this.readDottedName(node, at);
      case 'OperatorNode':
        return this.readOperation(node, readAll(node.args!), at);
      case 'RelationalNode':
        this.refuseBareNot(node.params!, 'chain', at);
        return this.readChain(node, readAll(node.params!), at);
      case 'ConditionalNode':
        return {
          kind: 'operation',
          name: 'choose',
          args: readAll([node.condition!, node.trueExpr!, node.falseExpr!]),
          at,
        };
      case 'FunctionNode':
        return { kind: 'call', name: this.readFunctionName(node, at), args: readAll(node.args!), at };
      default:
        throw formulaError(this.text, at, {
          what: `formulas have no ${node.type.replace(/Node$/, '').toLowerCase()}s`,
          fix: 'use arithmetic, comparisons, conditions and the functions of docs/features.md.',
        });
    }
  }

  private readNumber(node: AnyNode): Formula {
    const { value } = node;
    const leaf = this.leaves[this.next];
    const at = leaf?.at ?? this.text.length;
    this.take(leaf?.text ?? '');
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return { kind: 'number', value: number, at };
    throw formulaError(this.text, at, {
      what: `"${leaf?.text ?? String(value)}" is no finite number`,
      fix: 'write one.',
    });
  }

  /** `macd.signal`: for mathjs a property, here the name of a column. */
  private readDottedName({ object, index }: AnyNode, at: number): Formula {
    const property = index?.dotNotation === true ? index.dimensions?.[0]?.value : undefined;
    if (object?.type === 'SymbolNode' && typeof property === 'string') {
      const name = `${object.name!}.${property}`;
      return { kind: 'name', name, at: this.take(name) };
    }
    throw formulaError(this.text, at, { what: 'formulas have no properties', fix: 'name a column.' });
  }

  /** `a < b < c` holds where both comparisons do. */
  private readChain(node: AnyNode, params: readonly Formula[], at: number): Formula {
    const links = node.conditionals!.map((conditional, index): Formula => ({
      kind: 'operation',
      name: OPERATORS[conditional]!,
      args: params.slice(index, index + 2),
      at,
    }));
    return links.reduce((left, right) => ({ kind: 'operation', name: 'and', args: [left, right], at }));
  }

  private readOperation(node: AnyNode, args: readonly Formula[], at: number): Formula {
    if (node.implicit === true) {
      throw formulaError(this.text, args.at(-1)!.at, {
        what: 'a value follows a value',
        fix: 'write the operator between them, such as *.',
      });
    }
    const name = OPERATORS[String(node.fn)];
    if (name !== undefined) {
      this.refuseBareNot(node.args!, name, at);
      return { kind: 'operation', name, args, at };
    }
    throw formulaError(this.text, at, {
      what: `formulas have no operator "${String(node.fn)}"`,
      fix: 'use + - * / ^ < <= > >= == != and or not.',
    });
  }

  /** For mathjs `not a > b` is `(not a) > b`, which is hardly ever meant. */
  private refuseBareNot(operands: readonly AnyNode[], name: string, at: number): void {
    const joins = ['and', 'or', 'xor', 'not'].includes(name);
    if (joins || !operands.some(({ type, fn }) => type === 'OperatorNode' && fn === 'not')) return;
    throw formulaError(this.text, at, {
      what: '"not" applies to the next value alone',
      fix: 'write parentheses, like not (a > b).',
    });
  }

  private readFunctionName(node: AnyNode, at: number): string {
    const fn = node.fn as AnyNode;
    if (fn.type !== 'SymbolNode') {
      throw formulaError(this.text, at, { what: 'only a named function can be called', fix: 'name it.' });
    }
    if (fn.name !== 'mod') this.take(fn.name!);
    return fn.name!;
  }

  /** Passes the next leaf, which must be `text`, and returns where it stands. */
  private take(text: string): number {
    const leaf = this.leaves[this.next++];
    if (leaf?.text === text) return leaf.at;
    throw new InvariantError('FORMULA_POSITIONS', {
      what: `The formula "${this.text}" has "${leaf?.text ?? ''}" where its tree has "${text}".`,
      fix: 'This is a bug of minute-alpha: please report the formula.',
    });
  }
}
