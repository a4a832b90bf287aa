/**
 * The stages of a stored plan in this one process: the same programs in the same pools of threads, each node as
 * soon as its inputs are there, without Temporal, look-ups, hashing, records or leases. What a run costs
 * more than this is what Temporal and the cache cost.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

/**
 * @param {{root: string, store: string, plan: string, env: NodeJS.ProcessEnv}} job root of the project; a store
 * in which the plan ran, for the nodes and for the digests that programs compare their inputs with
 * @returns {Promise<{wallS: number, nodes: number}>}
 */
export async function runInline({ root, store: storeRoot, plan: digest, env }) {
  const load = (file) => import(path.join(root, 'dist', file));
  const [
    { openExistingStorage },
    { ProgramPools },
    { findHostParts },
    { preimageOf },
    { actionKey },
    { codeIdentities, readFingerprints },
  ] = await Promise.all(
    [
      'lib/store/index.js',
      'activities/program-pool.js',
      'activities/host/program-host.js',
      'lib/plan/preimage.js',
      'lib/store/key.js',
      'activities/host/code-identity.js',
    ].map(load),
  );
  const store = openExistingStorage(storeRoot);
  const { nodes } = JSON.parse((await store.readBlob(digest)).toString());
  const { host, libraries } = await findHostParts(root, env);
  const codeOf = codeIdentities(readFingerprints(path.join(root, 'dist/fingerprints.json')), libraries);
  const records = await recordsOf(nodes, (node, known) => {
    const key = actionKey(preimageOf(node, known, codeOf(node.program)));
    return store.lookup(node.program, key);
  });
  const pools = new ProgramPools({ market: 2, compute: availableParallelism(), render: 1 });
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-inline-'));
  const fileOf = (id, output) => path.join(folder, id.replaceAll('/', '~'), output);
  try {
    const from = performance.now();
    const done = new Map();
    const outputs = new Map();
    for (const node of nodes) {
      const reads = [...new Set(node.inputs.flatMap((input) => input.nodes))];
      const work = Promise.all(reads.map((id) => done.get(id))).then(async () => {
        const outDir = path.join(folder, node.id.replaceAll('/', '~'));
        mkdirSync(outDir);
        const inputs = Object.fromEntries(
          node.inputs.map((input) => [
            input.name,
            input.nodes.map((id) => {
              const { digest: expected, rows } = records
                .get(id)
                .outputs.find(({ name }) => name === input.output);
              const file = outputs.get(id).find(({ name }) => name === input.output).file;
              return { node: id, output: input.output, path: fileOf(id, file), digest: expected, rows };
            }),
          ]),
        );
        const job = { params: { ...node.params, ...node.hints }, inputs, outDir, host };
        // A signal each, as an activity has: all nodes at once would listen to one.
        const watch = { signal: new AbortController().signal, onProgress: () => undefined };
        const { result } = await pools.run(node.program, job, watch);
        outputs.set(node.id, result.outputs);
      });
      done.set(node.id, work);
    }
    await Promise.all(done.values());
    return { wallS: (performance.now() - from) / 1000, nodes: nodes.length };
  } finally {
    await pools.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordsOf(nodes, find) {
  const records = new Map();
  for (const node of nodes) {
    const found = await find(node, records);
    if (found.state !== 'hit') throw new Error(`${node.id} is not in the store: ${found.reason}`);
    records.set(node.id, found.record);
  }
  return records;
}

/** The digest of the newest run's plan. */
export function newestPlan(runFile) {
  return JSON.parse(readFileSync(runFile, 'utf8')).plan;
}
