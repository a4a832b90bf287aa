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

/** Words between two values, and `not` before one. */
const OPERATOR_WORDS = ['and', 'or', 'xor', 'not', 'mod'];

/** Operators of units for the parser; formulas have no units. */
const UNIT_WORDS = ['to', 'in'];

/** Words that a formula reads as something else than the name of a column. */
export const FORMULA_WORDS = [...OPERATOR_WORDS, ...UNIT_WORDS, 'true', 'false', 'null', 'undefined'];

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
  let followsValue = false;
  while (at < text.length) {
    const number = match(NUMBER, text, at);
    const leaf = number ?? match(NAME, text, at);
    if (number !== null) refuseNameAfterNumber(text, at + number.length);
    const isWord = leaf !== null && [...OPERATOR_WORDS, ...UNIT_WORDS].includes(leaf);
    if (isWord) refuseMisplacedWord(text, { text: leaf, at }, followsValue);
    if (leaf !== null && !isWord) leaves.push({ text: leaf, at });
    const token = leaf ?? match(OPERATOR, text, at);
    if (token === null) refuseCharacter(text, at);
    if (token === '(' && ++depth > MAX_NESTING) refuseNesting(text, at);
    if (token === ')') depth--;
    if (token === '?' && '?.'.includes(text.charAt(at + 1) || ' ')) refuseCharacter(text, at + 1);
    followsValue = (leaf !== null && !isWord) || token === ')';
    at = skipSpace(text, at + token.length);
  }
  return leaves;
}

/** A word where the parser would take it for the name of a value, of which formulas have none. */
function refuseMisplacedWord(text: string, word: Leaf, followsValue: boolean): void {
  if (UNIT_WORDS.includes(word.text)) {
    throw formulaError(text, word.at, { what: `formulas have no "${word.text}"`, fix: 'leave it out.' });
  }
  const next = text.charAt(skipSpace(text, word.at + word.text.length));
  const isCall = word.text === 'mod' && next === '(';
  if (followsValue || isCall || word.text === 'not') return;
  throw formulaError(text, word.at, {
    what: `"${word.text}" is an operator, and no value stands before it`,
    fix: 'write one, or leave the operator out.',
  });
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
