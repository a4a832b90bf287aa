/** What the nodes of earlier runs were, for saying what changed since. */
import type { ResolveSources } from '../lib/plan/resolve.js';
import type { NodePreimage } from '../lib/plan/preimage.js';
import type { RunFile, Store } from '../lib/store/index.js';

/** How many runs back a node is looked for. */
const RUNS_BACK = 20;

type Previous = ResolveSources['previous'];

/** Looks a node up in the newest run that had it; runs are read once, records when asked for. */
export function previousRuns(store: Store): Previous {
  let index: Promise<Map<string, { program: string; key: string }>> | null = null;
  return async (id) => {
    index ??= indexRuns(store);
    const known = (await index).get(id);
    if (known === undefined) return null;
    const found = await store.lookup(known.program, known.key);
    if (found.state !== 'hit') return null;
    const preimage = (await store.readPreimage(found.record)) as NodePreimage;
    return { preimage, wallMs: found.record.cost.wallMs };
  };
}

async function indexRuns(store: Store): Promise<Map<string, { program: string; key: string }>> {
  const index = new Map<string, { program: string; key: string }>();
  const runs: RunFile[] = await store.newestRuns(RUNS_BACK);
  for (const run of runs) {
    for (const [id, { stage, key }] of Object.entries(run.nodes)) {
      if (key !== null && !index.has(id)) index.set(id, { program: stage, key });
    }
  }
  return index;
}
