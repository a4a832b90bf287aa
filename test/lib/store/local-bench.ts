/** A store in a temporary folder of the local disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Store, type RunFile } from '../../../lib/store/index.js';
import { emptyRun, publish, type StoreBench } from './conformance.js';

export interface LocalBench extends StoreBench {
  readonly store: Store;
  reopen(): Store;
}

export function localBench(parent = tmpdir()): LocalBench {
  const folder = mkdtempSync(path.join(parent, 'store-'));
  const root = path.join(folder, 'cache');
  const store = Store.open(root);
  return {
    store,
    artifacts: path.join(folder, 'human'),
    reopen: () => Store.open(root),
    close: () => rmSync(folder, { recursive: true, force: true }),
    damage: (digest, how) => {
      const file = store.blobs.pathOf(digest);
      const bytes = readFileSync(file);
      rmSync(file);
      if (how === 'delete') return;
      bytes[0]! ^= 1;
      writeFileSync(file, how === 'flip' ? bytes : bytes.subarray(1));
    },
  };
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Publishes a result for each name and writes a run that has them as nodes. */
export async function runOf(
  store: Store,
  runId: string,
  names: readonly string[],
  change: Partial<RunFile> = {},
): Promise<RunFile> {
  const nodes: Record<string, RunFile['nodes'][string]> = {};
  for (const name of names) {
    const { record } = await publish(store, name, { 'rows.txt': `rows of ${name}` });
    const outputs = Object.fromEntries(record.outputs.map((output) => [output.name, output.digest]));
    const { stage, key } = record;
    nodes[`features/${name}`] = {
      stage,
      key,
      status: 'ran',
      reason: null,
      cause: null,
      error: null,
      outputs,
    };
  }
  const plan = await store.putBytes(Buffer.from(JSON.stringify({ nodes: [], keys: {}, runId })));
  const run: RunFile = { ...emptyRun, runId, plan, nodes, ...change };
  await store.writeRun(run);
  return run;
}
