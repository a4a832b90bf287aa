/** Parameter values that LightGBM does not check, or checks where its complaint would end the process. */
import { NativeError } from '../lib/errors.js';
import type { Dataset } from './dataset.js';

/** LightGBM grows a tree a class each round, and cannot be stopped between them. */
const MOST_CLASSES = 1000;

/**
 * Refuses values that fit no matrix of `columns` columns and that LightGBM would follow out of bounds.
 * @throws NativeError BAD_PARAMETER
 */
export function refuseUnsafeParameters(parameters: ReadonlyMap<string, string>, columns: number): void {
  refuseMonotone(parameters, columns);
  refuseInteractions(parameters.get('interaction_constraints') ?? '', columns);
}

/** Read by column without a check; on a category, its complaint is thrown inside a parallel loop. */
function refuseMonotone(parameters: ReadonlyMap<string, string>, columns: number): void {
  const given = parameters.get('monotone_constraints') ?? '';
  if (given === '') return;
  const constraints = given.split(',');
  if (constraints.length !== columns) {
    throw badParameter(
      'monotone_constraints',
      `${constraints.length} values for ${columns} columns`,
      'Give one a column',
    );
  }
  const odd = constraints.find((constraint) => !['-1', '0', '1'].includes(constraint));
  if (odd !== undefined)
    throw badParameter('monotone_constraints', JSON.stringify(odd), 'Give -1, 0 or 1 for each column');
  const categories = (parameters.get('categorical_feature') ?? '').split(',').filter((index) => index !== '');
  const both = categories.find((index) => Number(constraints[Number(index)]) !== 0);
  if (both === undefined) return;
  throw badParameter('monotone_constraints', `a constraint on column ${both}, a category`, 'Give it 0 there');
}

/**
 * Refuses labels that are none of `num_class` classes: those of validation data are used as an index unchecked.
 * @throws NativeError BAD_PARAMETER, BAD_LABEL
 */
export function refuseClasses(parameters: ReadonlyMap<string, string>, { labels }: Dataset): void {
  const classes = Number(parameters.get('num_class') ?? 1);
  if (classes > MOST_CLASSES)
    throw badParameter('num_class', `${classes} classes`, `Give at most ${MOST_CLASSES}`);
  if (!(classes > 1) || labels === null) return;
  if (labels.whole && labels.least >= 0 && labels.most < classes) return;
  throw new NativeError('BAD_LABEL', {
    what: `With num_class=${classes} labels must be whole numbers from 0 to ${classes - 1}; they reach from ${labels.least} to ${labels.most}${labels.whole ? '' : ', and some are fractions'}.`,
    fix: 'Correct the labels of the training and the validation data, or num_class.',
    details: { parameter: 'num_class' },
  });
}

/** Columns beyond the last are looked up as they are. */
function refuseInteractions(given: string, columns: number): void {
  if (given === '') return;
  const isList = /^\[\d+(,\d+)*\](,\[\d+(,\d+)*\])*$/.test(given);
  if (isList && (given.match(/\d+/g) ?? []).every((column) => Number(column) < columns)) return;
  throw badParameter(
    'interaction_constraints',
    `${JSON.stringify(given)}, which is no list of columns below ${columns}`,
    'Give it as "[0,1],[2,3]"',
  );
}

function badParameter(name: string, problem: string, fix: string): NativeError {
  return new NativeError('BAD_PARAMETER', {
    what: `The LightGBM parameter ${name} has ${problem}.`,
    fix: `${fix}.`,
    details: { parameter: name },
  });
}
