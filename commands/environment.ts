/** Where a command looks: the home, the store and the Temporal server. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { SetupError } from '../lib/errors.js';

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
