/** Texts of small models, one of each kind of tree. */
import { Booster, Dataset, train } from '../../native/index.js';
import { PARAMS, smallData } from './small-data.js';

export const DATA = smallData({ rows: 300, columns: 4, classes: 9 });

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

/** As LightGBM writes a model that it has read. */
async function rewritten(text: string): Promise<string> {
  const booster = await Booster.fromString(text);
  const again = await booster.modelText();
  booster.dispose();
  return again;
}

export async function modelTexts() {
  return {
    plain: await textOf({}),
    categorical: await textOf({ max_cat_to_onehot: 1 }, [0]),
    linear: await textOf({ linear_tree: 'true' }),
    leaf: await rewritten(await textOf({ min_gain_to_split: 1e9 })),
    multiclass: await textOf({ objective: 'multiclass', num_class: 3, metric: 'multi_logloss' }),
  };
}
