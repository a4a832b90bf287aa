import { beforeAll, describe, expect, it } from 'vitest';
import { refuseBadParameters } from '../../../lib/model/check-parameters.js';
import type { TrainingOptions } from '../../../lib/model/training.js';
import { openLibrary } from '../../native/small-data.js';

const check = (params: TrainingOptions['params']): Promise<void> =>
  refuseBadParameters({ params, rounds: 10, earlyStoppingRounds: 10, earlyStoppingMetric: 'ic' });

beforeAll(openLibrary);

describe('the parameters of a config', () => {
  it('pass when LightGBM takes them', async () => {
    await expect(check({ num_leaves: 31, eta: 0.05, objective: 'huber' })).resolves.toBeUndefined();
  });

  it('are refused with every problem in one error', async () => {
    const refusal = check({ num_leavs: 31, num_leaves: 1, learning_rate: -1 });
    await expect(refusal).rejects.toMatchObject({ code: 'LIGHTGBM_PARAMETERS' });
    await expect(refusal).rejects.toThrow(
      /3 problems:\n.*num_leavs is none of LightGBM’s\. Did you mean num_leaves\?\n.*\(num_leaves\) > \(1\)\.\n.*\(learning_rate\) > \(0\.0\)\.\n/,
    );
  });

  it('are refused when two names set one parameter', async () => {
    await expect(check({ eta: 0.1, learning_rate: 0.2 })).rejects.toThrow(/sets learning_rate/);
  });
});
