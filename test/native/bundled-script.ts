/** Scripts of tests that must run in a thread or process of their own, where Node reads no TypeScript. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface BundledScript {
  readonly path: string;
  remove(): void;
}

/** Bundles a script into build/, below which it finds the addon and the packages. */
export async function bundleScript(entry: URL): Promise<BundledScript> {
  const name = entry.pathname.split('/').at(-1)!.replace(/\.ts$/, '');
  const path = resolve('build', 'test', `${name}-${process.pid}.mjs`);
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external' } as const;
  await build({ ...common, entryPoints: [fileURLToPath(entry)], outfile: path });
  return { path, remove: () => rmSync(path, { force: true }) };
}

export interface ProcessEnding {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** The last of what it said there. */
  readonly stderrTail: string;
}

/** Runs a bundled script in a process of its own, with the output kept from the terminal. */
export function runScript({ path }: BundledScript, args: readonly string[]): Promise<ProcessEnding> {
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
    child.on('error', reject);
    child.on('close', (exitCode, signal) => settle({ exitCode, signal, stdout, stderrTail: stderr }));
  });
}
