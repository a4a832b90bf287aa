import { beforeAll, describe, expect, it } from 'vitest';
import { checkTraining } from '../../../lib/model/check-training.js';
import { LIGHTGBM_DEFAULTS } from '../../../lib/config/defaults.js';
import { openLibrary } from '../../native/small-data.js';

const SHAPE = { columns: ['ret1bar', 'rsi', 'symbol'], categorical: ['symbol'] };

const check = (params: Record<string, number | string | boolean>, metric = 'ic'): Promise<void> =>
  checkTraining(
    { ...LIGHTGBM_DEFAULTS, earlyStoppingMetric: metric, params: { ...LIGHTGBM_DEFAULTS.params, ...params } },
    SHAPE,
  );

describe('checkTraining', () => {
  beforeAll(() => openLibrary());

  it('accepts the defaults and what depends on the number of columns', async () => {
    await expect(check({})).resolves.toBeUndefined();
    await expect(check({ monotone_constraints: '1,0,0' })).resolves.toBeUndefined();
    await expect(check({}, 'l1')).resolves.toBeUndefined();
  });

  it.each([
    [{ num_leaves: 1 }, /num_leaves/],
    [{ num_leaves: 'many' }, /num_leaves/],
    [{ objective: 'no_such_objective' }, /no_such_objective/],
    [{ objective: 'poisson' }, /poisson/],
    [{ learning_rate: -1 }, /learning_rate/],
    [{ feature_fraction: 2 }, /feature_fraction/],
  ])('refuses %j in LightGBM’s words', async (params, words) => {
    await expect(check(params)).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'LIGHTGBM_PARAMETERS',
      message: expect.stringMatching(words) as string,
    });
  });

  it('tells no place in the source of LightGBM', async () => {
    await expect(check({ num_leaves: 1 })).rejects.toSatisfy(
      (error: Error) => !/\.cpp|\.hpp|\.h\b/.test(error.message),
    );
  });

  it('refuses a metric that is not evaluated', async () => {
    await expect(check({}, 'foo')).rejects.toMatchObject({ code: 'EARLY_STOPPING_METRIC' });
  });
});
