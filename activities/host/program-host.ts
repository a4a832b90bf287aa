/** What this machine offers to programs, found once when a worker starts. */
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findLightgbmLibrary } from '../../native/index.js';
import type { ProgramHost } from '../programs/program.js';
import { fileDigest, type LibraryIdentity } from './code-identity.js';

export interface HostParts {
  readonly host: ProgramHost;
  readonly libraries: LibraryIdentity;
}

interface FoundBrowser {
  readonly path: string;
  readonly version: string | null;
}

/**
 * Looks up LightGBM, the addon and the browser.
 * @throws when LightGBM or the addon is missing, or PUPPETEER_EXECUTABLE_PATH names no browser; that there is none
 *   anywhere is told when a figure is due
 */
export async function findHostParts(root: string, env: NodeJS.ProcessEnv): Promise<HostParts> {
  const library = findLightgbmLibrary(env, root);
  const browser = await findBrowserOf(root, env);
  return {
    host: {
      // Two folds at a time with one thread each beat one fold with two, and trees do not depend on it.
      threads: 1,
      lightgbmLibrary: library.path,
      browserPath: browser?.path ?? null,
      hasProxy: namesProxy(env),
      budgetDir: env.MINUTE_ALPHA_BUDGET ?? path.join(homedir(), '.minute-alpha', 'budget'),
    },
    libraries: {
      lightgbm: `${library.version ?? 'unknown'}+sha256:${library.sha256}`,
      addon: fileDigest(path.join(root, 'build/lightgbm.node')),
      drawing: fileDigest(path.join(root, 'build/plotly.min.js')),
      browser: browser === null ? 'none' : (browser.version ?? (await versionOf(browser.path))),
    },
  };
}

/** True where a variable names a proxy that axios would send requests through, if only for some hosts. */
export function namesProxy(env: NodeJS.ProcessEnv): boolean {
  const names = ['http_proxy', 'https_proxy', 'all_proxy'];
  return names.some((name) => Boolean(env[name]) || Boolean(env[name.toUpperCase()]));
}

async function findBrowserOf(root: string, env: NodeJS.ProcessEnv): Promise<FoundBrowser | null> {
  const module = (await import(path.join(root, 'scripts/find-browser.mjs'))) as {
    findBrowser(env: NodeJS.ProcessEnv, root: string): FoundBrowser | null;
  };
  return module.findBrowser(env, root);
}

async function versionOf(browser: string): Promise<string> {
  const { stdout } = await promisify(execFile)(browser, ['--version']);
  return stdout.trim();
}
