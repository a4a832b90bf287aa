import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { processesNaming, ROOT } from './drawing-tools.js';

const TIMEOUT_MS = 60_000;

/** The drawing process as one file inside the project, where it finds the packages. */
async function bundled(): Promise<{ file: string; remove: () => void }> {
  mkdirSync(path.join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, 'build', 'test-report-'));
  const file = path.join(folder, 'test', 'report', 'endless-drawing.mjs');
  await build({
    entryPoints: [path.join(ROOT, 'test/report/endless-drawing.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    define: { 'import.meta.url': JSON.stringify(new URL('./endless-drawing.ts', import.meta.url).href) },
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

describe.skipIf(process.platform === 'win32')('the browser of a process that is killed', () => {
  it('ends with it', { timeout: TIMEOUT_MS }, async () => {
    const { file, remove } = await bundled();
    const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const lines = createInterface({ input: parent.stdout });
      const scratch = await new Promise<string>((resolve) => lines.once('line', resolve));
      await vi.waitFor(() => expect(processesNaming(scratch).length).toBeGreaterThan(1), { timeout: 30_000 });
      parent.kill('SIGKILL');
      await vi.waitFor(() => expect(processesNaming(scratch)).toEqual([]), { timeout: 20_000 });
      rmSync(scratch, { recursive: true, force: true });
    } finally {
      parent.kill('SIGKILL');
      remove();
    }
  });
});
