/** LightGBM's parameters: names checked against the library's own table, values written as it reads them. */
import { closest, distance } from 'fastest-levenshtein';
import { NativeError } from '../lib/errors.js';

export type ParameterValue = number | string | boolean | readonly (number | string)[];
export type LightgbmParameters = Readonly<Record<string, ParameterValue>>;

/** Every name and alias that the library knows, each with its canonical name. */
export type ParameterNames = ReadonlyMap<string, string>;

/** Parameters that an option of this module sets, each with that option. */
const SET_BY_OPTIONS: Readonly<Record<string, string>> = {
  num_threads: 'give numThreads to loadLightgbm',
  num_iterations: 'give rounds to train',
  early_stopping_round: 'give earlyStopping to train',
  early_stopping_min_delta: 'leave it out: any strict improvement counts',
  first_metric_only: 'name the metric in earlyStopping',
  input_model: 'give initModel to the datasets',
  categorical_feature: 'give categoricalFeatures to the dataset',
};

const NO_COMMAND_LINE = 'leave it out: only LightGBM’s command line reads it';
const NO_FILES = 'leave it out: LightGBM follows what such a file says out of bounds';
const ONE_MACHINE = 'leave it out: distributed training is not offered';

/** Parameters that do nothing here, or harm, each with what to do. */
const WITHOUT_USE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['task', 'config', 'data', 'valid', 'header', 'two_round', 'parser_config_file', 'save_binary'],
      ...['label_column', 'weight_column', 'group_column', 'ignore_column', 'snapshot_freq', 'output_model'],
      ...['output_result', 'convert_model', 'convert_model_language'],
    ].map((name) => [name, NO_COMMAND_LINE]),
  ),
  forcedsplits_filename: NO_FILES,
  forcedbins_filename: NO_FILES,
  ...Object.fromEntries(
    [
      'num_machines',
      'machines',
      'machine_list_filename',
      'local_listen_port',
      'time_out',
      'pre_partition',
    ].map((name) => [name, ONE_MACHINE]),
  ),
};

/** The names in the JSON of LGBM_DumpParamAliases: `{canonical: [aliases]}`. */
export function parseAliases(json: string): ParameterNames {
  const table = JSON.parse(json) as Record<string, string[]>;
  const names = new Map<string, string>();
  for (const [canonical, aliases] of Object.entries(table)) {
    for (const name of [canonical, ...aliases]) names.set(name, canonical);
  }
  return names;
}

/**
 * Parameters by canonical name, in the order given.
 * @throws NativeError UNKNOWN_PARAMETER, DUPLICATE_PARAMETER, RESERVED_PARAMETER, BAD_PARAMETER
 */
export function canonicalParameters(params: LightgbmParameters, names: ParameterNames): Map<string, string> {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new NativeError('BAD_PARAMETER', {
      what: `params must be an object of parameters; got ${String(params)}.`,
      fix: 'Give names and values, such as { num_leaves: 31 }.',
    });
  }
  const canonical = new Map<string, string>();
  for (const [name, value] of Object.entries(params)) {
    const known = names.get(name);
    if (known === undefined) throw unknownParameter(name, names);
    const reserved = SET_BY_OPTIONS[known] ?? WITHOUT_USE[known];
    if (reserved !== undefined)
      throw parameterError('RESERVED_PARAMETER', name, 'cannot be given here', reserved);
    if (canonical.has(known)) {
      throw parameterError(
        'DUPLICATE_PARAMETER',
        name,
        `sets ${known}, which is set already`,
        'keep one of them',
      );
    }
    canonical.set(known, formatValue(name, value));
  }
  return canonical;
}

/** `name=value` pairs as every LightGBM function reads them. */
export function parameterString(canonical: ReadonlyMap<string, string>): string {
  return [...canonical].map(([name, value]) => `${name}=${value}`).join(' ');
}

function formatValue(name: string, value: ParameterValue): string {
  const text = Array.isArray(value)
    ? value.map((item) => formatScalar(name, item)).join(',')
    : formatScalar(name, value);
  // LightGBM splits its one string at blanks and equals signs and removes quotes.
  if (/[\s="']/.test(text)) {
    throw parameterError(
      'BAD_PARAMETER',
      name,
      `has a blank, quote or equals sign in ${JSON.stringify(text)}`,
      'remove it',
    );
  }
  return text;
}

function formatScalar(name: string, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  throw parameterError(
    'BAD_PARAMETER',
    name,
    `is ${textOf(value)}`,
    'give a finite number, a string, a boolean or a list of them',
  );
}

function unknownParameter(name: string, names: ParameterNames): NativeError {
  const near = closest(name, [...names.keys()]);
  const likely = distance(name, near) <= Math.max(2, name.length / 3);
  return parameterError(
    'UNKNOWN_PARAMETER',
    name,
    'is none of LightGBM’s',
    likely ? `did you mean ${near}?` : 'remove it',
  );
}

function parameterError(code: string, name: string, problem: string, fix: string): NativeError {
  const sentence = fix.endsWith('?') ? fix : `${fix}.`;
  return new NativeError(code, {
    what: `The LightGBM parameter ${name} ${problem}.`,
    fix: sentence[0]!.toUpperCase() + sentence.slice(1),
    details: { parameter: name },
  });
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
