/** The config as a command gets it: its file, with `--set` applied. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findDuplicateKeys, type DuplicateKey } from '../lib/config/duplicate-keys.js';
import { ConfigError } from '../lib/errors.js';
import { homeFolder } from './environment.js';

/**
 * The content of the config file, with `--set key=value` applied.
 * @throws ConfigError CONFIG_UNREADABLE, CONFIG_KEY_TWICE, SET_INVALID
 */
export function readConfig(file: string, settings: readonly string[]): Record<string, unknown> {
  const config = parseConfigFile(file);
  const parsed = settings.map(parseSetting);
  refuseTwice(parsed);
  for (const { keys, value } of parsed) setPath(config, keys, value);
  return config;
}

function parseConfigFile(file: string): Record<string, unknown> {
  const full = path.resolve(homeFolder(), file);
  let text: string;
  try {
    text = readFileSync(full, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_UNREADABLE', {
      what: `The config file ${full} cannot be read: ${(cause as Error).message}.`,
      fix: 'Name another with --config FILE, or copy config.json from the project.',
      cause,
    });
  }
  const json = text.replace(/^\uFEFF/, '');
  let config: Record<string, unknown>;
  let duplicates: DuplicateKey[];
  try {
    config = JSON.parse(json) as Record<string, unknown>;
    duplicates = findDuplicateKeys(json);
  } catch (cause) {
    if (cause instanceof RangeError) throw nestedTooDeep(`The config file ${full}`, cause);
    throw new ConfigError('CONFIG_UNREADABLE', {
      what: `The config file ${full} is not JSON: ${(cause as Error).message}.`,
      fix: 'Mend it at that place; editors show it when config.json names its $schema.',
      cause,
    });
  }
  refuseDuplicates(`The config file ${full}`, duplicates);
  return config;
}

/** The stack of the parsers ends far beyond any config. */
function nestedTooDeep(subject: string, cause: RangeError): ConfigError {
  return new ConfigError('CONFIG_UNREADABLE', {
    what: `${subject} has objects or lists nested too deep to be read.`,
    fix: 'A config has a few levels; config.schema.json has them all.',
    cause,
  });
}

/** Of two values of one key the last would count, and nobody would hear of the other. */
function refuseDuplicates(subject: string, duplicates: readonly DuplicateKey[]): void {
  if (duplicates.length === 0) return;
  const told = duplicates.map(({ key, lines }) => `${key} in the lines ${lines.join(', ')}`);
  throw keyTwice(
    `${subject} has a key more than once: ${told.join('; ')}`,
    duplicates.map(({ key }) => key),
  );
}

function keyTwice(what: string, keys: readonly string[]): ConfigError {
  return new ConfigError('CONFIG_KEY_TWICE', {
    what: `${what}.`,
    fix: 'Keep the one that is meant.',
    details: { keys },
  });
}

/** A `--set` as it was written, and what it sets. */
interface Setting {
  readonly text: string;
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Refuses a setting after which nothing is left of an earlier one: the same key, or one above it. */
function refuseTwice(settings: readonly Setting[]): void {
  for (const [index, { keys, text }] of settings.entries()) {
    const lost = settings
      .slice(0, index)
      .find((earlier) => keys.every((key, depth) => earlier.keys[depth] === key));
    if (lost === undefined) continue;
    const key = keys.join('.');
    throw keyTwice(`--set gives ${key} more than once: "${lost.text}" and "${text}"`, [key]);
  }
}

/** Reads `a.b.c=value`; the value is JSON where it parses as JSON, else the text itself. */
function parseSetting(setting: string): Setting {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  if (key === undefined || text === undefined) {
    throw new ConfigError('SET_INVALID', {
      what: `--set "${setting}" has no key=value.`,
      fix: 'Write it like --set backtest.fee=0.0002.',
    });
  }
  const keys = key.split('.');
  if (keys.some((part) => part === '' || part in Object.prototype)) {
    throw new ConfigError('SET_INVALID', {
      what: `--set "${setting}": "${key}" is no key of a config.`,
      fix: 'Write the keys with dots between them, like backtest.fee.',
    });
  }
  return { text: setting, keys, value: parseValue(key, text) };
}

/** Sets a nested key, making the objects on the way. */
export function setPath(config: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  let at = config;
  for (const key of keys.slice(0, -1)) {
    const next = at[key];
    if (typeof next !== 'object' || next === null) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1)!] = value;
}

function parseValue(key: string, text: string): unknown {
  let value: unknown;
  let duplicates: DuplicateKey[];
  try {
    value = JSON.parse(text);
    duplicates = findDuplicateKeys(text);
  } catch (error) {
    if (error instanceof RangeError) throw nestedTooDeep(`--set ${key}`, error);
    return text;
  }
  refuseDuplicates(`The value of --set ${key}`, duplicates);
  return value;
}
