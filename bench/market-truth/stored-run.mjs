/**
 * The stored inputs of a finished run, and the judging stages' own programs on them: what `evaluate` and
 * `backtest` would compute for another signal, scope or number of bins, without a run and figures for each.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../pipeline-session.mjs';

const CONTEXT = { progress: () => undefined, signal: new AbortController().signal };
const RESULT_FILES = { evaluate: 'evaluation.json', backtest: 'backtest.json' };
const dist = (file) => import(path.join(ROOT, 'dist', file));

/** Opens the newest run in a session's store. */
export async function openStoredRun({ home }) {
  const { openStorage } = await dist('lib/store/index.js');
  const { SIGNAL_COLUMN } = await dist('activities/programs/judged-input.js');
  const { evaluate } = await dist('activities/programs/evaluate.js');
  const { backtest } = await dist('activities/programs/backtest.js');
  const store = openStorage(path.join(home, 'cache'));
  const { value: run } = await store.newestRuns().next();
  const plan = JSON.parse((await store.readBlob(run.plan)).toString('utf8'));
  return new StoredRun({ home, store, run, plan, programs: { evaluate, backtest }, SIGNAL_COLUMN });
}

class StoredRun {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The JSON of a judging stage with some of its node's parameters changed. */
  async judge(stage, { signal, ...changes }) {
    const node = this.plan.nodes.find(({ id }) => id === stage);
    const outDir = mkdtempSync(path.join(this.home, `${stage}-`));
    try {
      const params = { ...node.params, ...changes, ...this.signalParams(signal) };
      await this.programs[stage]({ params, inputs: await this.filesOf(node), outDir, host: {} }, CONTEXT);
      return JSON.parse(readFileSync(path.join(outDir, RESULT_FILES[stage]), 'utf8'));
    } finally {
      rmSync(outDir, { recursive: true });
    }
  }

  signalParams(signal) {
    if (signal === null) return { signal: null, definition: null };
    const definition = { flags: {}, expressions: { [this.SIGNAL_COLUMN]: signal }, indicators: [] };
    return { signal, definition };
  }

  /** The files of a node's inputs; of the bars all months, because a signal needs those before its first row. */
  async filesOf(node) {
    const files = {};
    for (const { name, nodes, output } of node.inputs) {
      const symbol = name.startsWith('bars/') ? name.slice('bars/'.length) : null;
      const ids = symbol === null ? nodes : this.kline(symbol);
      files[name] = await Promise.all(ids.map((id) => this.fileOf(id, output)));
    }
    return files;
  }

  kline(symbol) {
    return this.plan.nodes.map(({ id }) => id).filter((id) => id.startsWith(`klines/${symbol}/`));
  }

  async fileOf(id, output) {
    const { stage, key } = this.run.nodes[id];
    const { record } = await this.store.lookup(stage, key);
    const { digest, rows } = record.outputs.find(({ name }) => name === output);
    return { node: id, output, path: await this.store.localFile(digest), digest, rows };
  }
}
