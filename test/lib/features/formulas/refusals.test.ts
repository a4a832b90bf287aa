import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/errors.js';
import { compileOn } from './compile-on.js';

async function refusal(text: string): Promise<ConfigError> {
  try {
    await compileOn(text, ['open', 'close', 'volume', 'rsi']);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error(`"${text}" was accepted`);
}

/** Formula, the character (from 1) of its fault, and a part of the message. */
const FAULTS: readonly (readonly [string, number, RegExp])[] = [
  ['clos + 1', 1, /"clos" is no column; did you mean "close"\?/],
  ['close + opn', 9, /"opn" is no column; did you mean "open"\?/],
  ['sma(rsi, 5) + quantum', 15, /"quantum" is no column; the known ones are open, close, volume, rsi/],
  ['summ(close, 5)', 1, /"summ" is no function; did you mean "sum"/],
  ['1 + sqr(close)', 5, /did you mean "sqrt"\?/],
  ['close(2)', 1, /"close" is a column and no function/],
  ['1 + sma', 5, /"sma" is a function; call it: sma\(x, bars\)/],
  ['lag(close, -1)', 13, /look ahead/],
  ['lag(close, 1.5)', 12, /1\.5; write a whole number/],
  ['sma(close, 0)', 12, /whole number from 1/],
  ['std(close, 1)', 12, /whole number from 2/],
  ['sma(close, volume)', 12, /not constant/],
  ['lag(close, 100000)', 12, /whole number from 0 to 99999/],
  ['sum(close, 100001)', 12, /whole number from 1 to 100000/],
  ['sma(close)', 1, /sma got 1 arguments; write sma\(x, bars\)/],
  ['abs(close, 1)', 1, /write abs\(x\)/],
  ['corr(close, 5)', 1, /write corr\(x, y, bars\)/],
  ['close +', 8, /unexpected end/],
  ['(close', 7, /parenthesis \) expected/],
  ['close)', 6, /unexpected/],
  ['close ? 1', 10, /false part/],
  ['2 close', 3, /a value follows a value/],
  ['2close', 2, /name follows a number/],
  ['0x10', 2, /name follows a number/],
  ['close 5', 7, /unexpected part|follows/],
  ['close % 5', 7, /write mod\(a, b\)/],
  ['1e400 + close', 1, /no finite number/],
  ['close + NaN', 9, /no finite number/],
  ['null', 1, /no finite number/],
  ['', 1, /empty/],
  ['   ', 1, /empty/],
  ['not close > 5', 5, /write parentheses/],
  ['close <= not rsi', 1, /write parentheses/],
  ['close + mod', 9, /"mod" is an operator, and no value stands before it/],
  ['or', 1, /"or" is an operator/],
  ['and(close, open)', 1, /"and" is an operator/],
  ['(xor close)', 2, /"xor" is an operator/],
  ['not and', 5, /"and" is an operator/],
  ['close in', 7, /formulas have no "in"/],
  ['not to', 5, /formulas have no "to"/],
];

describe('a faulty formula', () => {
  for (const [text, character, message] of FAULTS) {
    it(`is refused at its fault: ${JSON.stringify(text)}`, async () => {
      const error = await refusal(text);
      expect(error.code).toBe('FORMULA_INVALID');
      expect(error.message).toMatch(message);
      expect(error.details['character']).toBe(character);
    });
  }
});

describe('any row of words and operators', () => {
  const tokens =
    'close rsi.k 2 .5 true null not and or xor mod to in + - * / ^ < == ? : ( ) , abs( mod( lag(';

  it('is a formula or is refused at a character', async () => {
    const rows = fc.array(fc.constantFrom(...tokens.split(' ')), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(rows, async (row) => {
        const thrown = await compileOn(row.join(' '), ['close', 'rsi.k']).then(
          () => null,
          (reason: unknown) => reason,
        );
        if (thrown === null) return;
        expect(thrown).toMatchObject({ code: 'FORMULA_INVALID' });
        expect((thrown as ConfigError).details['character']).toBeGreaterThan(0);
      }),
      { numRuns: 5000 },
    );
  });
});

/** Everything of mathjs that a formula has no use for, or that would reach outside. */
const FOREIGN = [
  'import(close)',
  'evaluate("1")',
  'parse(close)',
  'createUnit(close)',
  'simplify(close)',
  'range(1, 5)',
  'x = 3',
  'f(x) = x',
  'close; open',
  '"text"',
  "close'",
  '[1, 2]',
  '{a: 1}',
  '1:3',
  'close[1]',
  'close.constructor',
  'close.constructor("return process")()',
  'constructor(1)',
  '__proto__',
  'hasOwnProperty(1)',
  'toString()',
  'close to open',
  '5 cm',
  'close!',
  '!close',
  'close & open',
  'close && open',
  'close | open',
  '~close',
  'close << 2',
  'close .* open',
  'close ?? open',
  'close ?. open',
  'close |> open',
  'add(1, 2)',
  'choose(1, 2, 3)',
  'end',
  'i',
  'pi',
  'random()',
  '`close`',
  'close # comment',
  'close \\ open',
  'ｃlose',
  'close\u200b',
  'π',
];

describe('what reaches outside a formula', () => {
  for (const text of FOREIGN) {
    it(`is refused: ${text}`, async () => {
      expect((await refusal(text)).code).toBe('FORMULA_INVALID');
    });
  }
});

describe('a formula too large', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}close${')'.repeat(depth)}`;

  /** Text, and what the message says; each takes mathjs or a naive compiler seconds or its stack. */
  const LARGE: readonly (readonly [string, string, RegExp])[] = [
    ['10,000 characters', 'close+'.repeat(1666) + 'close', /9,?[0-9]{3}|10,001 characters/],
    ['1,000 parentheses', nested(1000), /nested more than 100 deep/],
    ['101 parentheses', nested(101), /nested more than 100 deep/],
    ['nested calls', `${'abs('.repeat(700)}close${')'.repeat(700)}`, /nested more than 100 deep/],
    ['unary minus', `${'-'.repeat(3990)}close`, /operations are within each other/],
    ['a chain of conditions', `${'rsi?1:'.repeat(600)}close`, /operations are within each other/],
    ['a tower of powers', `${'rsi^'.repeat(900)}close`, /operations are within each other/],
    ['percents, exponential in mathjs', `${'rsi % ('.repeat(60)}1${')'.repeat(60)}`, /write mod/],
  ];

  for (const [name, text, message] of LARGE) {
    it(`is refused at once: ${name}`, async () => {
      const started = performance.now();
      const error = await refusal(text);
      expect(error.message).toMatch(message);
      expect(error.message.length).toBeLessThan(400);
      // Milliseconds when idle; a hang takes minutes.
      expect(performance.now() - started).toBeLessThan(2000);
    });
  }

  it('is not one of 100 parentheses, nor one of 400 terms', async () => {
    expect((await compileOn(nested(100), ['close'])).uses).toEqual(['close']);
    expect((await compileOn(`${'rsi+'.repeat(400)}close`, ['rsi', 'close'])).uses).toHaveLength(2);
  });
});
