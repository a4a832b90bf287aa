import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/errors.js';
import { compileFeatures, type FeatureDefinition, type FeatureSet } from '../../../lib/features/index.js';
import { BUILT_IN_GROUPS } from '../../../lib/features/built-ins.js';
import { createRegistry } from '../../../lib/features/registry.js';
import type { DefinitionProblem } from '../../../lib/features/definition.js';

const compile = (definition: Partial<FeatureDefinition>): Promise<FeatureSet> =>
  compileFeatures({ flags: {}, expressions: {}, indicators: [], ...definition });

const withExpression = (formula: string): Promise<FeatureSet> => compile({ expressions: { x: formula } });

async function problemsOf(definition: Partial<FeatureDefinition>): Promise<DefinitionProblem[]> {
  const error = await compile(definition).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error('the definition was accepted');
  expect(error.code).toBe('FEATURES_INVALID');
  return error.details['problems'] as DefinitionProblem[];
}

describe('compileFeatures', () => {
  it('has the 18 built-in columns by default, a look-back of 512 bars and a warm-up of 27', async () => {
    const set = await compile({});
    expect(set.columns).toHaveLength(18);
    expect([set.lookBackBars, set.warmUpBars]).toEqual([512, 27]);
    expect(set.categorical).toEqual([]);
  });

  it('orders columns: built-ins as registered, indicators and expressions as configured', async () => {
    const off = ['returns', 'bop', 'cci', 'mfi', 'stochrsi', 'stoch'].map((name) => [name, false] as const);
    const set = await compile({
      flags: { minute_of_day: true, alpha054: true, ...Object.fromEntries(off) },
      expressions: { z: 'rsi', a: 'z + 1' },
      indicators: [{ name: 'macd' }, { name: 'rsi', as: 'rsi7', params: { period: 7 } }],
    });
    expect(set.columns).toEqual([
      ...['rsi', 'natr', 'alpha054', 'minute_of_day'],
      ...['macd', 'macd.signal', 'macd.histogram', 'rsi7'],
      ...['z', 'a'],
    ]);
  });

  it('lets formulas use features that are turned off, and indicators', async () => {
    const set = await compile({
      flags: { returns: false },
      expressions: { up: 'ret1bar > 0', trend: 'macd.histogram / atr' },
      indicators: [{ name: 'macd' }, { name: 'atr' }],
    });
    expect(set.columns).not.toContain('ret1bar');
    expect(set.columns.slice(-2)).toEqual(['up', 'trend']);
  });

  it('computes equal parts of formulas once', async () => {
    const [one, two] = await Promise.all([
      compile({ expressions: { a: 'sma(close, 20) + std(close, 20)' } }),
      compile({
        expressions: { a: 'sma(close, 20) + std(close, 20)', b: 'std(close, 20) / sma(close, 20)', c: 'a' },
      }),
    ]);
    expect(two.plan.steps.length).toBe(one.plan.steps.length + 1);
  });

  it('tells 0 from -0', async () => {
    const one = await compile({ expressions: { a: 'close * 0' } });
    const two = await compile({ expressions: { b: 'close * -0', a: 'close * 0' } });
    expect(two.plan.steps.length).toBe(one.plan.steps.length + 1);
  });

  it('tells every problem at once', async () => {
    const problems = await problemsOf({
      flags: { rsii: true },
      expressions: { a: 'clos', b: 'lag(close, -1)', lag: '1' },
      indicators: [{ name: 'macdd' }, { name: 'obv' }, { name: 'rsi' }],
    });
    expect(problems.map(({ path }) => path)).toEqual([
      ...['feature_flags.rsii', 'indicators[0]', 'indicators[1]', 'indicators[2]'],
      ...['expressions.a', 'expressions.b', 'expressions.lag'],
    ]);
    expect(problems[0]!.text).toContain('did you mean "rsi"?');
    expect(problems[4]!.character).toBe(1);
    expect(problems[5]!.character).toBe(13);
  });

  it('refuses a definition without a feature', async () => {
    const flags = Object.fromEntries(
      ['returns', 'bop', 'cci', 'mfi', 'rsi', 'stochrsi', 'stoch', 'natr'].map((name) => [name, false]),
    );
    expect((await problemsOf({ flags }))[0]!.text).toMatch(/every feature off/);
  });
});

describe('the bar columns that are read', () => {
  it('are those of the kernels that run, beside prices and volume', async () => {
    const busy = {
      ...BUILT_IN_GROUPS[1]!,
      name: 'busy',
      onByDefault: false,
      columns: [{ ...BUILT_IN_GROUPS[1]!.columns[0]!, name: 'busy' }],
      bars: ['trades', 'quoteVolume'] as const,
    };
    const registry = createRegistry([...BUILT_IN_GROUPS, busy]);
    const read = async (flag: boolean): Promise<readonly string[]> =>
      (await compileFeatures({ flags: { busy: flag }, expressions: {}, indicators: [] }, registry))
        .barColumns;
    expect(await read(true)).toEqual(expect.arrayContaining(['trades', 'quoteVolume']));
    expect(await read(false)).not.toContain('trades');
  });
});

describe('the prefix of an indicator', () => {
  it('may not be a word of formulas', async () => {
    for (const as of ['and', 'mod', 'true', 'in']) {
      const [problem] = await problemsOf({ indicators: [{ name: 'sma', as }] });
      expect(problem!.text, as).toMatch(/is a word of formulas/);
    }
  });
});

describe('a name before a dot', () => {
  const stochastic = { name: 'stochastic' };
  const kept = /the name "stochastic", which is taken by another feature: set "as"/;

  it('belongs to one indicator, whatever its outputs are called', async () => {
    for (const other of [
      { name: 'sma', as: 'stochastic' },
      { name: 'adx', as: 'stochastic' },
    ]) {
      const problems = await problemsOf({ indicators: [stochastic, other] });
      expect(problems.map(({ path }) => path)).toEqual(['indicators[1]']);
      expect(problems[0]!.text).toMatch(kept);
      const [second] = await problemsOf({ indicators: [other, stochastic] });
      expect(second!.text).toMatch(kept);
    }
    const set = await compile({ indicators: [stochastic, { name: 'adx', as: 'st' }] });
    expect(set.columns.slice(-5)).toEqual(['stochastic.k', 'stochastic.d', 'st', 'st.pdi', 'st.mdi']);
  });

  it('is no name of an expression', async () => {
    const [problem] = await problemsOf({ indicators: [stochastic], expressions: { stochastic: 'close' } });
    expect(problem).toMatchObject({ path: 'expressions.stochastic' });
    expect(problem!.text).toMatch(/is the name of another feature/);
  });

  it('is no name of a built-in feature', async () => {
    const built = BUILT_IN_GROUPS[1]!;
    const columns = [{ ...built.columns[0]!, name: 'stochastic' }];
    const registry = createRegistry([...BUILT_IN_GROUPS, { ...built, name: 'own', columns }]);
    const definition = { flags: {}, expressions: {}, indicators: [stochastic] };
    await expect(compileFeatures(definition, registry)).rejects.toThrow(kept);
  });
});

describe('the look-back', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['close', 512],
    ['lag(close, 512)', 512],
    ['lag(close, 513)', 513],
    ['sma(close, 600)', 599],
    ['lag(sma(diff(close, 10), 600), 7)', 616],
    ['close > 0 ? sma(close, 700) : lag(close, 800)', 800],
    // A recursion has its 512 bars also where a window looks at it from later on.
    ['lag(rsi, 5)', 516],
    ['sma(rsi, 10)', 520],
    ['ema(close, 43)', 512],
    ['lag(ema(close, 20), 100)', 611],
    ['ema(ema(close, 20), 20)', 1022],
  ];

  for (const [formula, lookBackBars] of cases) {
    it(`of ${formula} is ${lookBackBars} bars`, async () => {
      expect((await withExpression(formula)).lookBackBars).toBe(lookBackBars);
    });
  }

  it('passes through expressions that refer to each other', async () => {
    const set = await compile({ expressions: { a: 'lag(b, 300)', b: 'lag(c, 300)', c: 'lag(close, 300)' } });
    expect(set.lookBackBars).toBe(900);
  });

  it('grows with the memory of an exponential average', async () => {
    const { lookBackBars } = await withExpression('ema(close, 200)');
    // 200 bars of seed, and (199/201)^n < 1e-9; the month's first row is the bar before it.
    expect(lookBackBars).toBe(200 + Math.ceil(Math.log(1e-9) / Math.log(199 / 201)) - 1);
  });

  it('has a limit, told with the expression', async () => {
    const problems = await problemsOf({
      expressions: { far: 'lag(lag(close, 60000), 60000)', near: 'close' },
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]!.path).toBe('expressions.far');
    expect(problems[0]!.text).toMatch(/120,001 bars is longer than the 100,000/);
  });
});

describe('expressions that refer to each other', () => {
  it('may do so in any order', async () => {
    const set = await compile({ expressions: { b: 'a * 2', a: 'close' } });
    expect(set.columns.slice(-2)).toEqual(['b', 'a']);
  });

  it('may not form a circle', async () => {
    const problems = await problemsOf({
      expressions: { a: 'b', b: 'lag(c, 1) + close', c: 'a', d: 'close' },
    });
    expect(problems).toEqual([
      { path: 'expressions.a', text: 'refers to itself: a -> b -> c -> a. Break the circle.' },
    ]);
    expect((await problemsOf({ expressions: { a: 'lag(a, 1)' } }))[0]!.text).toMatch(/a -> a/);
  });

  it('are told when their chain or circle is longer than the stack', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12_000 }, (_, n) => [`e${n}`, n === 11_999 ? 'close' : `e${n + 1}`]),
    );
    await compile({ expressions: chain }).catch((thrown: unknown) =>
      expect(thrown).toMatchObject({ code: 'FEATURES_INVALID' }),
    );
    const [problem, ...others] = await problemsOf({ expressions: { ...chain, e11999: 'e0' } });
    expect(problem).toMatchObject({ path: 'expressions.e0' });
    expect(problem!.text).toMatch(/^refers to itself: e0 -> e1 -> .* -> e0\. Break the circle\.$/);
    expect(others).toEqual([]);
  });

  it('are refused, not followed for hours, when their references multiply', async () => {
    const expressions: Record<string, string> = { e0: 'close' };
    for (let n = 1; n <= 900; n++) {
      expressions[`e${n}`] = `lag(e${n - 1}, 1) + lag(ema(e${n - 1}, 3), 2) + lag(e${n - 1}, 3)`;
    }
    const problems = await problemsOf({ expressions });
    expect(problems[0]!.text).toMatch(/too often|more than|longer than/);
  });

  it('may not take the name of a feature, a bar column, a function or a word', async () => {
    const problems = await problemsOf({
      expressions: { rsi: '1', close: '1', sma: '1', and: '1', symbol: '1', fwd1min: '1', true: '1' },
    });
    expect(problems.map(({ path }) => path)).toEqual(
      ['rsi', 'close', 'sma', 'and', 'symbol', 'fwd1min', 'true'].map((name) => `expressions.${name}`),
    );
  });

  it('may not take the name of the category of the symbol, nor may an indicator', async () => {
    for (const flags of [{}, { symbol: true }]) {
      const expressions = { symbol_code: 'close' };
      const [expression] = await problemsOf({ flags, expressions });
      expect(expression).toMatchObject({ path: 'expressions.symbol_code' });
      expect(expression!.text).toMatch(/is the name of another feature/);
      const [indicator] = await problemsOf({ flags, indicators: [{ name: 'sma', as: 'symbol_code' }] });
      expect(indicator!.text).toMatch(/"symbol_code", which is taken/);
    }
  });

  it('may not use the category of the symbol as a number', async () => {
    const [problem] = await problemsOf({ expressions: { x: 'symbol_code + 1' } });
    expect(problem!.text).toMatch(/"symbol_code" is no column/);
  });
});
