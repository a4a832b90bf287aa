import { beforeAll, describe, expect, it } from 'vitest';
import { Booster } from '../../native/index.js';
import { modelTexts } from './model-texts.js';
import { openLibrary } from './small-data.js';

let texts: Awaited<ReturnType<typeof modelTexts>>;

beforeAll(async () => {
  openLibrary();
  texts = await modelTexts();
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
});
