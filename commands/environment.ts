/** Where a command looks: the home, the store, the config file and the Temporal server. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { findDuplicateKeys } from '../lib/config/duplicate-keys.js';
import { ConfigError, SetupError } from '../lib/errors.js';

/** Folder of the installed project (the one with package.json), from dist/commands or commands. */
export const PROJECT_ROOT = findProjectRoot(path.dirname(fileURLToPath(import.meta.url)));

function findProjectRoot(from: string): string {
  let at = from;
  while (!existsSync(path.join(at, 'package.json'))) {
    const up = path.dirname(at);
    if (up === at) return from;
    at = up;
  }
  return at;
}

/** `MINUTE_ALPHA_HOME`, from which relative paths start; the current folder by default. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(env.MINUTE_ALPHA_HOME ?? '.');
}

/** `MINUTE_ALPHA_STORE`, relative to the home; `cache` by default. */
export function storeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(homeFolder(env), env.MINUTE_ALPHA_STORE ?? 'cache');
}

export interface ServerAddress {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ConnectionOptions;
}

/** The server that Temporal's own environment and profiles name; localhost:7233 by default. */
export function serverAddress(): ServerAddress {
  const { namespace, connectionOptions } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  return { address, namespace: namespace ?? 'default', connection: { ...connectionOptions, address } };
}

/**
 * Connects to the Temporal server.
 * @throws SetupError NO_SERVER when none answers within 5 s
 */
export async function connectClient(): Promise<Client> {
  const { address, namespace, connection } = serverAddress();
  try {
    return new Client({
      connection: await Connection.connect({ connectTimeout: '5s', ...connection }),
      namespace,
    });
  } catch (cause) {
    throw new SetupError('NO_SERVER', {
      what: `No Temporal server answers at ${address}.`,
      fix: 'Start one with `npx minute-alpha up`, or point TEMPORAL_ADDRESS at yours.',
      details: { address },
      cause,
    });
  }
}

/**
 * The content of the config file, with `--set key=value` applied.
 * @throws ConfigError CONFIG_UNREADABLE, CONFIG_KEY_TWICE, SET_INVALID
 */
export function readConfig(file: string, settings: readonly string[]): Record<string, unknown> {
  const config = parseConfigFile(file);
  for (const setting of settings) applySetting(config, setting);
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
  try {
    config = JSON.parse(json) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError('CONFIG_UNREADABLE', {
      what: `The config file ${full} is not JSON: ${(cause as Error).message}.`,
      fix: 'Mend it at that place; editors show it when config.json names its $schema.',
      cause,
    });
  }
  refuseDuplicates(full, json);
  return config;
}

/** Of two values of one key the last would count, and nobody would hear of the other. */
function refuseDuplicates(file: string, json: string): void {
  const duplicates = findDuplicateKeys(json);
  if (duplicates.length === 0) return;
  const told = duplicates.map(({ key, lines }) => `${key} in the lines ${lines.join(', ')}`);
  throw new ConfigError('CONFIG_KEY_TWICE', {
    what: `The config file ${file} has a key more than once: ${told.join('; ')}.`,
    fix: 'Keep the one that is meant.',
    details: { keys: duplicates.map(({ key }) => key) },
  });
}

/** Sets `a.b.c` of the config; the value is JSON where it parses as JSON, else the text itself. */
export function applySetting(config: Record<string, unknown>, setting: string): void {
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
  setPath(config, keys, parseValue(text));
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

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
