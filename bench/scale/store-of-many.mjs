/** A store in which a graph of many symbols and months ran: real records with day digests, tiny files. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const load = (file) => import(path.join(ROOT, 'dist', file));
const DAY_MS = 86_400_000;
const AT_ONCE = 32;
const TABLES = { klines: 'bars', features: 'rows', predict: 'predictions' };
const OTHERS = {
  klines: ['quality'],
  features: [],
  fold: ['model', 'validation', 'summary'],
  predict: [],
  evaluate: ['evaluation', 'quantiles'],
  backtest: ['backtest', 'equity', 'trades'],
  quantileFigures: ['quantilesPng'],
  backtestFigures: ['equityPng', 'alphaPng'],
  reportPage: ['page'],
};

/** The nodes of `symbols` x `months` with `folds` folds of a year, as `resolve` builds them from config and observation. */
export async function manyNodes({ symbols, months, folds, change = {} }) {
  const [{ buildGraph }, { compileConfig, compileOptions }, { compileFeatures }] = await Promise.all(
    ['lib/plan/graph.js', 'lib/config/compile.js', 'lib/features/index.js'].map(load),
  );
  const names = Array.from({ length: symbols }, (_, index) => `S${String(index).padStart(3, '0')}USDT`);
  const monthMs = (month) => Date.UTC(2018, month, 1);
  const config = compileConfig({ train_symbols: names, start_date: '2018-01-01', ...change });
  const windows = Array.from({ length: folds }, (_, index) => ({
    number: index + 1,
    trainStartMs: monthMs(index),
    validStartMs: monthMs(index + 10),
    testStartMs: monthMs(index + 11),
    testEndMs: monthMs(index + 12),
  }));
  const observed = names.map((symbol) => ({
    symbol,
    firstBarMs: monthMs(-12),
    lastBarMs: monthMs(months) - 60_000,
    monthlyArchives: [],
    dailyArchives: [],
  }));
  return buildGraph({
    config,
    options: compileOptions({}),
    observation: { closedEndMs: monthMs(months), symbols: observed, rechecked: {} },
    folds: windows,
    features: await compileFeatures(config.features),
    signals: { evaluate: null, backtest: null },
    funding: null,
  });
}

export const codeOf = (program) => ({ impl: `sha256:${program}`, env: {} });

/** Publishes a record for each node and a run with all of them. */
export async function fillStore(root, nodes) {
  const [{ openStorage, actionKey }, { preimageOf }] = await Promise.all(
    ['lib/store/index.js', 'lib/plan/preimage.js'].map(load),
  );
  const store = openStorage(root);
  const records = new Map();
  const run = {};
  const publishNode = async (node) => {
    const preimage = preimageOf(node, records, codeOf(node.program));
    const key = actionKey(preimage);
    const attempt = await store.begin(node.program, key);
    const names = [TABLES[node.program], ...OTHERS[node.program]].filter((name) => name !== undefined);
    const outputs = names.map((name) => {
      writeFileSync(path.join(attempt.dir, name), `${node.id} ${name}`);
      return { name, file: name, ...(name === TABLES[node.program] ? { table: tableOf(node) } : {}) };
    });
    const { record } = await attempt.publish({
      ...{ preimage, outputs, facts: {}, cost: { wallMs: 100 } },
      by: { workflowId: 'bench', runId: 'bench', attempt: 1, host: 'bench', startedAt: '' },
    });
    records.set(node.id, record);
    const digests = Object.fromEntries(record.outputs.map(({ name, digest }) => [name, digest]));
    run[node.id] = {
      ...{
        stage: node.program,
        key,
        status: 'ran',
        reason: 'NEVER_BUILT',
        cause: 'never built',
        error: null,
      },
      outputs: digests,
    };
  };
  // Nodes of one program read none of each other.
  for (const program of Object.keys(OTHERS)) {
    const own = nodes.filter((node) => node.program === program);
    for (let from = 0; from < own.length; from += AT_ONCE)
      await Promise.all(own.slice(from, from + AT_ONCE).map(publishNode));
  }
  await store.writeRun({
    ...{ runId: 'bench', workflowId: 'bench', finishedAt: new Date().toISOString(), status: 'completed' },
    ...{ configDigest: '', config: {}, plan: '', nodes: run, totals: {} },
  });
}

/** A digest for each day, which is what makes records and keys of tables large. */
function tableOf({ id, params }) {
  const fromMs = Date.parse(`${params.month ?? '2019-01'}-01T00:00:00Z`);
  const days = Array.from({ length: 31 }, (_, index) => {
    const day = new Date(fromMs + index * DAY_MS).toISOString().slice(0, 10);
    return {
      day,
      digest: `sha256:${Buffer.from(`${id}${day}`.padEnd(32, '.')).toString('hex').slice(0, 64)}`,
    };
  });
  return { rows: 44_640, tMinMs: fromMs, tMaxMs: fromMs + 31 * DAY_MS, days };
}
