import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Runs a command to its end without a shell; never rejects.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number}} [options]
 * @returns {Promise<{ok: boolean, stdout: string, output: string}>} `output` is stdout and stderr as they came
 */
export function run(command, args, options = {}) {
  const { timeoutMs, ...rest } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...rest,
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => resolve({ ok: false, stdout, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, stdout, output }));
  });
}

/**
 * The first executable of that name on the path, or null.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export function findOnPath(name, env) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    // An empty entry means the current folder, where nothing of ours should be found by accident.
    if (folder === '') continue;
    const found = names.map((each) => path.join(folder, each)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
