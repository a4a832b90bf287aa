/** A result larger than a pipe takes at once, read by someone who is slow. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openStorage } from '../../lib/store/index.js';
import { emptyRun } from '../lib/store/store-bench.js';
import { ROOT } from './harness.js';

const CLIENT = path.join(ROOT, 'dist/client-bundle.js');
const RUNS = 2000;

it('arrives whole', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-large-'));
  try {
    const store = openStorage(folder);
    for (let run = 0; run < RUNS; run++) {
      const runId = `01a22711-59dd-7d0e-a35b-${String(run).padStart(12, '0')}`;
      await store.writeRun({ ...emptyRun, runId, workflowId: 'w'.repeat(200) });
    }
    const client = spawn(process.execPath, [CLIENT, 'runs', '--json', '--limit', String(RUNS)], {
      env: { ...process.env, MINUTE_ALPHA_STORE: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const parts: Buffer[] = [];
    client.stdout.once('data', (first: Buffer) => {
      parts.push(first);
      client.stdout.pause();
      // Long enough that a client which does not wait has gone.
      setTimeout(() => client.stdout.on('data', (part: Buffer) => parts.push(part)).resume(), 1000);
    });
    const code = await new Promise((resolve) => client.once('close', resolve));
    const text = Buffer.concat(parts).toString('utf8');
    expect(code).toBe(0);
    expect(text.length).toBeGreaterThan(500_000);
    const { runs } = JSON.parse(text) as { runs: unknown[] };
    expect(runs).toHaveLength(RUNS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
