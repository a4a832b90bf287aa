/** What a formula may say: known names, known functions, constant windows that look back. */
import { MAX_LOOK_BACK_BARS } from '../column-plan.js';
import { suggestName } from '../definition.js';
import type { Formula, FormulaCall } from './formula.js';
import { formulaError } from './formula-error.js';
import { FUNCTIONS, type FormulaFunction } from './functions.js';
import { POINTWISE } from './pointwise.js';

/** The formula with every part of constants alone computed. Pure. */
export function foldConstants(formula: Formula): Formula {
  if (formula.kind === 'number' || formula.kind === 'name') return formula;
  const args = formula.args.map(foldConstants);
  const values = args.map((arg) => (arg.kind === 'number' ? arg.value : null));
  const isOurs = formula.kind === 'operation' || FUNCTIONS.has(formula.name);
  const operation = isOurs ? POINTWISE[formula.name] : undefined;
  const isConstant = values.length === operation?.operands && values.every((value) => value !== null);
  if (operation === undefined || !isConstant) return { ...formula, args };
  const result = new Float64Array(1);
  operation.run(
    values.map((value) => Float64Array.of(value!)),
    result,
  );
  return { kind: 'number', value: result[0]!, at: formula.at };
}

/**
 * Checks a folded formula against the names it may use and returns those it does, each once.
 * @throws ConfigError FORMULA_INVALID at the first fault
 */
export function checkFormula(text: string, formula: Formula, known: ReadonlySet<string>): string[] {
  const used = new Set<string>();
  const check = (node: Formula): void => {
    if (node.kind === 'number') return;
    if (node.kind === 'name') {
      if (!known.has(node.name)) throw unknownName(text, node, known);
      used.add(node.name);
      return;
    }
    if (node.kind === 'call') checkCall(text, node, known);
    columnArgs(node).forEach(check);
  };
  check(formula);
  return [...used];
}

/** The arguments of a checked call that are columns: all but the number of bars. */
export function columnArgs(call: FormulaCall): readonly Formula[] {
  return call.kind === 'call' ? call.args.slice(0, FUNCTIONS.get(call.name)!.columns) : call.args;
}

/** The number of bars of a checked call. */
export function barsOf(call: FormulaCall): number {
  const { columns, defaultBars } = FUNCTIONS.get(call.name)!;
  const bars = call.args[columns];
  return bars?.kind === 'number' ? bars.value : defaultBars!;
}

function unknownName(
  text: string,
  { name, at }: { name: string; at: number },
  known: ReadonlySet<string>,
): Error {
  const called = FUNCTIONS.get(name);
  if (called !== undefined) {
    return formulaError(text, at, { what: `"${name}" is a function`, fix: `call it: ${called.signature}.` });
  }
  const shown = name.length > 64 ? `${name.slice(0, 64)}..` : name;
  return formulaError(text, at, { what: `"${shown}" is no column`, fix: suggestName(name, [...known]) });
}

function checkCall(text: string, call: FormulaCall, known: ReadonlySet<string>): void {
  const called = FUNCTIONS.get(call.name);
  if (called === undefined) {
    const what = known.has(call.name)
      ? `"${call.name}" is a column and no function`
      : `"${call.name}" is no function`;
    const fix = suggestName(call.name, [...FUNCTIONS.keys()]);
    throw formulaError(text, call.at, { what, fix });
  }
  checkArguments(text, call, called);
}

function checkArguments(text: string, call: FormulaCall, called: FormulaFunction): void {
  const { columns, minBars, defaultBars, signature } = called;
  const most = columns + (minBars === null ? 0 : 1);
  const least = defaultBars === null ? most : columns;
  if (call.args.length < least || call.args.length > most) {
    throw formulaError(text, call.at, {
      what: `${call.name} got ${call.args.length} arguments`,
      fix: `write ${signature}.`,
    });
  }
  const bars = call.args[columns];
  if (bars !== undefined && minBars !== null) checkBars(text, bars, { name: call.name, minBars });
}

function checkBars(text: string, bars: Formula, { name, minBars }: { name: string; minBars: number }): void {
  // A window includes the bar itself, a lag comes on top of it.
  const most = ['lag', 'diff'].includes(name) ? MAX_LOOK_BACK_BARS - 1 : MAX_LOOK_BACK_BARS;
  const fix = `write a whole number from ${minBars} to ${most}.`;
  if (bars.kind !== 'number') {
    throw formulaError(text, bars.at, { what: `the bars of ${name} are not constant`, fix });
  }
  const { value } = bars;
  if (Number.isInteger(value) && value >= minBars && value <= most) return;
  const future = name === 'lag' && value < 0 ? ', which would look ahead' : '';
  throw formulaError(text, bars.at, { what: `the bars of ${name} are ${value}${future}`, fix });
}
