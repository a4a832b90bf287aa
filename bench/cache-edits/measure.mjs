/**
 * Random sequences of edits on one store against empty stores: config leaves, another exchange, another build of
 * the code, lost and damaged files. After every edit the plan is asked and the run is made:
 * - what the plan called certain ran, and nothing ran that it did not call possible;
 * - the digests of all outputs of all nodes equal those of a run in an empty store with the same config, exchange and code.
 * By default a run ends with the predictions; `--until report` goes through evaluation, backtest and figures too.
 *
 *   node bench/cache-edits/measure.mjs [--sequences 200] [--seed 1] [--until predict]
 */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { allOutputs, ROOT, startExchange, startServer, startSession } from '../pipeline-session.mjs';
import { MARKET_FLAGS, randomOf, smallConfig } from '../small-job.mjs';
import { buildEdited } from './edited-build.mjs';

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    until: { type: 'string', default: 'predict' },
  },
});
const random = randomOf(Number(values.seed));
const pick = (list) => list[Math.floor(random() * list.length)];

/** Few values each, so that results in empty stores can be kept by what they depend on. */
const LEAVES = {
  lightgbm: [{ rounds: 8 }, { rounds: 6 }, { rounds: 8, num_leaves: 7 }],
  feature_flags: [undefined, { rsi: true, bop: true, natr: false }],
  end_date: ['2022-04-01', '2022-05-01'],
  folds: [
    { train: '2mo', valid: '1mo', test: '1mo', step: '1mo' },
    { train: '2mo', valid: '15d', test: '1mo', step: '1mo' },
  ],
  salt: [undefined, { predict: 'again' }],
};

let workflows = 0;

/** Starts workflows by a client of its own, without a process for each question. */
async function connect(address) {
  const { Client, Connection } = await import('@temporalio/client');
  const client = new Client({ connection: await Connection.connect({ address }) });
  return (config, options) =>
    client.workflow.execute('pipeline', {
      taskQueue: 'minute-alpha',
      workflowId: `edits-${(workflows += 1)}`,
      args: [config, { until: values.until, ...options }],
    });
}

function storedFiles(home, folder) {
  return readdirSync(path.join(home, 'cache', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Deletes, shortens or changes one stored file chosen by chance. */
function damage(home) {
  const file = pick(storedFiles(home, pick(['blobs', 'actions'])));
  const how = pick(['delete', 'truncate', 'flip']);
  if (how === 'delete') rmSync(file);
  else {
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[Math.floor(random() * bytes.length)] ^= 1;
    chmodSync(file, 0o644);
    writeFileSync(file, how === 'flip' ? changed : bytes.subarray(0, bytes.length >> 1));
  }
  return `${how} ${path.relative(path.join(home, 'cache'), file).slice(0, 30)}`;
}

/**
 * A run in an empty store, on a server of its own. The same question is computed once; a salt and a build that
 * computes the same may change keys and never bytes, so they are the same question.
 */
function emptyStores(server, run, sameBuild) {
  const known = new Map();
  return async (config, build) => {
    const key = JSON.stringify([{ ...config, salt: undefined }, build === sameBuild ? null : build]);
    if (known.has(key)) return known.get(key);
    const worker = { root: build ?? ROOT };
    const session = await startSession({ address: server.address, url: 'none', worker });
    try {
      const outputs = allOutputs(session.home, await run(config, {}));
      known.set(key, outputs);
      return outputs;
    } finally {
      await session.stop();
    }
  };
}

/** Complaints about one run, none where it did as planned and gave what an empty store gives. */
function judge(plan, { ran }, outputs, expected) {
  const did = new Set(ran.map(({ node }) => node));
  const of = (...states) => plan.nodes.filter(({ state }) => states.includes(state)).map(({ node }) => node);
  const possible = new Set(of('STALE', 'PENDING'));
  const wrong = Object.keys(expected).filter((node) => !isDeepStrictEqual(expected[node], outputs[node]));
  return [
    ...of('STALE')
      .filter((node) => !did.has(node))
      .map((node) => `${node} was certain and did not run`),
    ...[...did].filter((node) => !possible.has(node)).map((node) => `${node} ran and was planned as a hit`),
    ...wrong.map((node) => `${node} has another digest than in an empty store`),
  ];
}

async function main() {
  await setup({ root: ROOT });
  const builds = [
    null,
    (await buildEdited(ROOT, 'lib/model/training.ts', (text) => `globalThis.name = 'same';\n${text}`)).root,
    (await buildEdited(ROOT, 'lib/features/kernels/rsi.ts', (text) => text.replaceAll('100', '99'))).root,
  ];
  const exchanges = [
    await startExchange(MARKET_FLAGS),
    await startExchange([...MARKET_FLAGS, '--seed', '2']),
  ];
  const servers = [await startServer(), await startServer()];
  const [run, runEmpty] = [await connect(servers[0].address), await connect(servers[1].address)];
  const emptyOutputs = emptyStores(servers[1], runEmpty, builds[1]);
  const session = await startSession({ address: servers[0].address, url: exchanges[0].url });
  const first = Object.fromEntries(Object.entries(LEAVES).map(([leaf, [value]]) => [leaf, value]));
  const state = { change: first, url: exchanges[0].url, build: null };
  const totals = { edits: 0, ran: 0, nodes: 0, complaints: 0 };

  const edit = async () => {
    const kind = pick(['leaf', 'leaf', 'leaf', 'data', 'code', 'damage', 'damage', 'damage']);
    if (kind === 'damage') return damage(session.home);
    if (kind === 'data') return (state.url = pick(exchanges).url);
    if (kind === 'leaf') {
      const leaf = pick(Object.keys(LEAVES));
      state.change = { ...state.change, [leaf]: pick(LEAVES[leaf]) };
      return `${leaf} = ${JSON.stringify(state.change[leaf])}`;
    }
    const build = pick(builds);
    if (build !== state.build) await session.replaceWorker(build ?? ROOT);
    state.build = build;
    return `build ${builds.indexOf(build)}`;
  };

  try {
    await run(smallConfig(state.url, state.change), {});
    for (let sequence = 1; sequence <= Number(values.sequences); sequence++) {
      const edits = [];
      for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
        edits.push(await edit());
        const config = JSON.parse(JSON.stringify(smallConfig(state.url, state.change)));
        const expected = await emptyOutputs(config, state.build);
        const plan = await run(config, { plan: true });
        const result = await run(config, {});
        const complaints = judge(plan, result, allOutputs(session.home, result), expected);
        totals.edits += 1;
        totals.ran += result.ran.length;
        totals.nodes += plan.nodes.length;
        totals.complaints += complaints.length;
        for (const complaint of complaints)
          console.log(`  sequence ${sequence}, ${edits.at(-1)}: ${complaint}`);
      }
      console.log(`${String(sequence).padStart(4)} ${edits.join('; ')}`);
    }
    console.log(
      `${values.sequences} sequences, ${totals.edits} edits, seed ${values.seed}: ${totals.complaints} complaints; ${totals.ran} of ${totals.nodes} nodes ran`,
    );
    if (totals.complaints > 0) process.exitCode = 1;
  } finally {
    await session.stop();
    for (const each of [...servers, ...exchanges]) await each.stop();
    for (const build of builds) if (build !== null) rmSync(build, { recursive: true, force: true });
  }
}

await main();
process.exit();
