/** Parameter values that LightGBM does not check, or checks where its complaint would end the process. */
import { NativeError } from '../lib/errors.js';

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
  const categories = (parameters.get('categorical_feature') ?? '').split(',').filter((index) => index !== '');
  const both = categories.find((index) => Number(constraints[Number(index)]) !== 0);
  if (both === undefined) return;
  throw badParameter('monotone_constraints', `a constraint on column ${both}, a category`, 'Give it 0 there');
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
