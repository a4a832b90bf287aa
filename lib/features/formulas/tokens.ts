/**
 * A first look at a formula, before any parser sees it: its size, its characters, and where its names
 * and numbers stand (the parser's tree has no positions).
 */
import { formulaError } from './formula-error.js';

export const MAX_FORMULA_CHARACTERS = 4000;
export const MAX_NESTING = 100;

/** A name or a number of the formula. */
export interface Leaf {
  readonly text: string;
  /** Character, counted from 0. */
  readonly at: number;
}

/** Words that are operators and no names. */
export const OPERATOR_WORDS = ['and', 'or', 'xor', 'not', 'mod', 'to', 'in'];

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
/** With at most one dot: `macd.signal`. */
const NAME = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?/y;
const OPERATOR = /[<>=!]=|[-+*/^<>?:(),]/y;

/** What to write instead of a character or operator that formulas do not have. */
const REFUSED: Readonly<Record<string, string>> = {
  '%': 'write mod(a, b) for a remainder, 0.05 for 5 %.',
  '=': 'write == to compare; a formula assigns nothing.',
  '!': 'write "not".',
  '&': 'write "and".',
  '|': 'write "or".',
  '"': 'a formula has no texts.',
  "'": 'a formula has no texts.',
  '[': 'a formula has no lists.',
  '{': 'a formula has no objects.',
  ';': 'a formula is one expression.',
};

/**
 * The names and numbers of a formula in their order.
 * @throws ConfigError FORMULA_INVALID when it is too long, nested too deeply, or has a character or
 *   operator that formulas do not have
 */
export function findLeaves(text: string): Leaf[] {
  refuseSize(text);
  const leaves: Leaf[] = [];
  let depth = 0;
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const number = match(NUMBER, text, at);
    const leaf = number ?? match(NAME, text, at);
    if (number !== null) refuseNameAfterNumber(text, at + number.length);
    if (leaf !== null) leaves.push({ text: leaf, at });
    const token = leaf ?? match(OPERATOR, text, at);
    if (token === null) refuseCharacter(text, at);
    if (token === '(' && ++depth > MAX_NESTING) refuseNesting(text, at);
    if (token === ')') depth--;
    if (token === '?' && '?.'.includes(text.charAt(at + 1) || ' ')) refuseCharacter(text, at + 1);
    at = skipSpace(text, at + token.length);
  }
  return leaves.filter((leaf) => !OPERATOR_WORDS.includes(leaf.text));
}

function refuseSize(text: string): void {
  if (text.length > MAX_FORMULA_CHARACTERS) {
    throw formulaError(text, MAX_FORMULA_CHARACTERS, {
      what: `the formula has ${text.length.toLocaleString('en')} characters, more than ${MAX_FORMULA_CHARACTERS.toLocaleString('en')}`,
      fix: 'split it into several expressions that refer to each other.',
    });
  }
  if (text.trim() === '') throw formulaError(text, 0, { what: 'the formula is empty', fix: 'write one.' });
}

function refuseNesting(text: string, at: number): never {
  throw formulaError(text, at, {
    what: `parentheses are nested more than ${MAX_NESTING} deep`,
    fix: 'split the formula into several expressions.',
  });
}

function refuseNameAfterNumber(text: string, at: number): void {
  if (match(NAME, text, at) === null) return;
  throw formulaError(text, at, { what: 'a name follows a number', fix: 'write * between them.' });
}

function refuseCharacter(text: string, at: number): never {
  const character = String.fromCodePoint(text.codePointAt(at)!);
  throw formulaError(text, at, {
    what: `${JSON.stringify(character)} means nothing in a formula`,
    fix: REFUSED[character] ?? 'use numbers, names, + - * / ^ ( ) , < <= > >= == != ? : and or not.',
  });
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}
