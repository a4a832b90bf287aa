/**
 * Size: what a plan of 100 symbols x 60 months costs, and how long the histories of a run of many nodes are.
 *   plan  a store filled with 12,000 records and 48 folds; plans of hits, of one changed feature (6,000 stale
 *         nodes and all folds pending) and of an empty store, each in a process of its own: time and peak memory
 *   run   a whole run through Temporal of `--symbols` x 60 months of four-hour bars until predict: events of
 *         each workflow's history, for the cold run and for one that finds everything
 *
 *   node bench/scale/measure.mjs --part plan|run [--symbols 100]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';
import { codeOf, fillStore, manyNodes } from './store-of-many.mjs';

const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    symbols: { type: 'string', default: '100' },
    store: { type: 'string' },
    change: { type: 'string', default: '{}' },
  },
});
const SIZE = { symbols: Number(values.symbols), months: 60, folds: 48 };
const load = (file) => import(path.join(ROOT, 'dist', file));

/** One plan in this process: prints its figures as JSON. */
async function planOnce() {
  const [
    { resolvePlan },
    { openStorage, actionKey },
    { previousRuns },
    { planResultOf, packPlan },
    { splitWork },
  ] = await Promise.all(
    [
      'lib/plan/resolve.js',
      'lib/store/index.js',
      'activities/previous-runs.js',
      'lib/plan/plan-result.js',
      'lib/plan/groups.js',
    ].map(load),
  );
  const from = performance.now();
  const nodes = await manyNodes({ ...SIZE, change: JSON.parse(values.change) });
  const builtMs = performance.now() - from;
  const store = openStorage(values.store);
  const { nodes: resolved } = await resolvePlan(nodes, {
    codeOf,
    keyOf: actionKey,
    past: previousRuns(store),
    lookupMany: (wanted) => store.lookupMany(wanted),
  });
  const packed = packPlan(planResultOf('sha256:0', resolved, []));
  const wallMs = performance.now() - from;
  const { work, groups } = splitWork(nodes, resolved);
  const states = {};
  for (const { state } of resolved) states[state] = (states[state] ?? 0) + 1;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;
  const answerKb = Math.round(JSON.stringify(packed).length / 1000);
  const workKb = Math.round(JSON.stringify({ work, groups }).length / 1000);
  console.log(
    JSON.stringify({
      nodes: nodes.length,
      states,
      builtMs,
      wallMs,
      cpuMs,
      peakMb,
      answerKb,
      workKb,
      groups: groups.length,
    }),
  );
}

async function plan() {
  const folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-scale-'));
  try {
    const full = path.join(folder, 'full');
    const from = performance.now();
    await fillStore(full, await manyNodes(SIZE));
    console.log(`filled the store in ${((performance.now() - from) / 1000).toFixed(0)} s`);
    const cases = [
      ['everything a hit', full, {}],
      ['one feature added', full, { expressions: { x: 'close / open' } }],
      ['an empty store', path.join(folder, 'empty'), {}],
    ];
    for (const [name, store, change] of cases) {
      const args = [
        '--part',
        'plan-once',
        '--symbols',
        values.symbols,
        '--store',
        store,
        '--change',
        JSON.stringify(change),
      ];
      const line = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...args], {
        encoding: 'utf8',
      });
      const { nodes, states, builtMs, wallMs, cpuMs, peakMb, answerKb, workKb, groups } = JSON.parse(line);
      console.log(
        `${name.padEnd(18)} ${nodes} nodes ${JSON.stringify(states)}: ${(wallMs / 1000).toFixed(2)} s wall, ${(cpuMs / 1000).toFixed(2)} s CPU with start (graph ${(builtMs / 1000).toFixed(2)} s), peak ${peakMb.toFixed(0)} MB, plan ${answerKb} kB, work ${workKb} kB in ${groups} groups`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bigConfig(url, symbols) {
  return {
    candle_interval: '4h',
    train_symbols: symbols,
    inference_symbol: symbols[0],
    start_date: '2018-01-01',
    end_date: '2023-01-01',
    binance_base_url: url,
    binance_archive_url: url,
    request_delay: 0,
    folds: { train: '12mo', valid: '2mo', test: '1mo', step: '1mo' },
    lightgbm: { rounds: 5 },
  };
}

async function run() {
  const symbols = Array.from(
    { length: SIZE.symbols },
    (_, index) => `S${String(index).padStart(3, '0')}USDT`,
  );
  const flags = [
    '--model',
    'martingale',
    '--symbols',
    ...symbols,
    '--start',
    '2018-01-01',
    '--end',
    '2023-01-01',
  ];
  const server = await startServer();
  const session = await startSession({
    address: server.address,
    exchangeFlags: [...flags, '--weight-limit', '1000000'],
  });
  try {
    writeFileSync(path.join(session.home, 'config.json'), JSON.stringify(bigConfig(session.url, symbols)));
    for (const id of ['cold', 'again']) {
      const from = performance.now();
      const { stages } = JSON.parse(
        await session.client('run', '--until', 'predict', '--workflow-id', id, '--json'),
      );
      const s = (performance.now() - from) / 1000;
      console.log(
        `${id}: ${s.toFixed(1)} s, ${JSON.stringify(Object.fromEntries(Object.entries(stages).map(([name, { nodes, ran }]) => [name, `${ran}/${nodes}`])))}`,
      );
      await printHistories(session, id);
    }
  } finally {
    await session.stop();
    await server.stop();
  }
}

async function printHistories({ temporal }, id) {
  const rows = JSON.parse(await temporal('workflow', 'list', '--limit', '500', '-o', 'json'));
  const own = rows
    .map(({ execution, historyLength }) => ({ id: execution.workflowId, events: Number(historyLength) }))
    .filter((row) => row.id === id || row.id.startsWith(`${id}/`));
  const children = own.filter((row) => row.id !== id);
  const most = children.toSorted((a, b) => b.events - a.events)[0];
  console.log(
    `  events: run ${own.find((row) => row.id === id)?.events}${most ? `, longest of ${children.length} children ${most.events} (${most.id})` : ', no children'}`,
  );
}

await setup({ root: ROOT });
const parts = { plan, run, 'plan-once': planOnce };
await parts[values.part]();
process.exit();
