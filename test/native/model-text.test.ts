import { beforeAll, describe, expect, it } from 'vitest';
import { Booster, Dataset, train } from '../../native/index.js';
import { openLibrary, PARAMS, smallData, uniform } from './small-data.js';

const DATA = smallData({ rows: 300, columns: 4, classes: 9 });

let texts: Record<'plain' | 'categorical' | 'linear' | 'multiclass', string>;

async function textOf(
  params: Record<string, string | number>,
  categoricalFeatures: number[] = [],
): Promise<string> {
  const all = { ...PARAMS, ...params };
  const label =
    'num_class' in params ? DATA.label.map((value) => Number(value > 4) + Number(value > 2)) : DATA.label;
  const dataset = await Dataset.fromMatrix({ ...DATA, label, params: all, categoricalFeatures });
  const { booster } = await train({ params: all, train: dataset, rounds: 3 });
  const text = await booster.modelText();
  dataset.dispose();
  booster.dispose();
  return text;
}

beforeAll(async () => {
  openLibrary();
  texts = {
    plain: await textOf({}),
    categorical: await textOf({ max_cat_to_onehot: 1 }, [0]),
    linear: await textOf({ linear_tree: 'true' }),
    multiclass: await textOf({ objective: 'multiclass', num_class: 3, metric: 'multi_logloss' }),
  };
});

describe('a model’s text', () => {
  it('is accepted for every kind of tree that LightGBM writes', async () => {
    expect(texts.categorical).toMatch(/^num_cat=[1-9]/m);
    expect(texts.linear).toMatch(/^is_linear=1/m);
    for (const text of Object.values(texts)) {
      const booster = await Booster.fromString(text);
      expect(await booster.modelText()).toBe(text);
      booster.dispose();
    }
  });

  it.each([
    ['nothing', () => ''],
    ['another file', () => '{"model": 1}'],
    ['a cut file', (text: string) => text.slice(0, text.length / 3)],
    ['a child beyond the leaves', (text: string) => text.replace(/^(left_child=.*) \S+$/m, '$1 -99')],
    ['a child that is the root', (text: string) => text.replace(/^(left_child=.*) \S+$/m, '$1 0')],
    ['a feature beyond the last', (text: string) => text.replace(/^split_feature=\d+/m, 'split_feature=9')],
    ['a threshold too few', (text: string) => text.replace(/^(threshold=.*) \S+$/m, '$1')],
    ['more leaves than values', (text: string) => text.replace(/^num_leaves=\d+/m, 'num_leaves=8')],
    ['a wrong tree size', (text: string) => text.replace(/^tree_sizes=\d/m, 'tree_sizes=')],
    ['more classes than trees', (text: string) => text.replace(/^num_class=1/m, 'num_class=2')],
    [
      'an objective of other classes',
      (text: string) => text.replace(/^objective=.*$/m, 'objective=multiclass num_class:7'),
    ],
    ['a feature name too few', (text: string) => text.replace(/^(feature_names=.*) \S+$/m, '$1')],
    ['a zero character', (text: string) => `${text}\0`],
  ])('is refused when it is %s', async (_, damage) => {
    await expect(Booster.fromString(damage(texts.plain))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('never crashes the process, whatever bytes are changed', async () => {
    const next = uniform(99);
    let refused = 0;
    for (const text of Object.values(texts)) {
      const body = text.slice(0, text.indexOf('end of trees'));
      for (let attempt = 0; attempt < 250; attempt += 1) {
        let damaged = body;
        for (let change = 0; change < 1 + Math.floor(next() * 3); change += 1) {
          const at = Math.floor(next() * damaged.length);
          const piece = ['', '0', '9', '-', ' ', '\n', '=', '.', 'Tree=0\n', '1000000'][
            Math.floor(next() * 10)
          ]!;
          damaged = damaged.slice(0, at) + piece + damaged.slice(at + Math.floor(next() * 3));
        }
        try {
          const booster = await Booster.fromString(damaged + text.slice(body.length));
          for (const kind of ['value', 'leaf', 'contribution'] as const) {
            await booster.predict({ matrix: DATA.matrix.subarray(0, booster.features * 20), kind });
          }
          booster.dispose();
        } catch (error) {
          refused += 1;
          expect(error).toMatchObject({ name: 'NativeError' });
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
