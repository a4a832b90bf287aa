/** Names and kinds of features. */
import { NativeError } from '../lib/errors.js';

/**
 * The names as LightGBM will keep them: one a column, different, without the characters that its model
 * file gives a meaning. An empty list stays empty; LightGBM then names them Column_0, Column_1, ...
 * @throws NativeError BAD_FEATURES
 */
export function checkFeatureNames(names: readonly string[], columns: number): readonly string[] {
  if (!Array.isArray(names)) throw badFeatures('featureNames is no list.', 'Give a list of names.');
  if (names.length === 0) return names;
  if (names.length !== columns) {
    throw badFeatures(
      `There are ${names.length} feature names for ${columns} columns.`,
      'Name every column.',
    );
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== 'string' || name === '' || /[\s"[\]{},:=]/.test(name)) {
      throw badFeatures(
        `The feature name ${JSON.stringify(name)} is empty or has a blank or one of " [ ] { } , : =.`,
        'Rename it.',
      );
    }
    if (seen.has(name)) throw badFeatures(`Two features are named ${name}.`, 'Rename one.');
    seen.add(name);
  }
  return [...names];
}

/**
 * Column indexes, ascending, of the categorical features given by name or index.
 * @throws NativeError BAD_FEATURES
 */
export function categoricalIndexes(
  features: readonly (string | number)[],
  names: readonly string[],
  columns: number,
): number[] {
  if (!Array.isArray(features))
    throw badFeatures('categoricalFeatures is no list.', 'Give a list of names or indexes.');
  const indexes = features.map((feature) => {
    const index = typeof feature === 'number' ? feature : names.indexOf(feature);
    if (Number.isInteger(index) && index >= 0 && index < columns) return index;
    throw badFeatures(
      `There is no feature ${String(feature)} to be categorical.`,
      'Give a name or an index.',
    );
  });
  return [...new Set(indexes)].sort((left, right) => left - right);
}

function badFeatures(what: string, fix: string): NativeError {
  return new NativeError('BAD_FEATURES', { what, fix });
}
