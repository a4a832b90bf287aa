/** The rows of the training benchmark: model data of 14 months of two symbols, made by the pipeline itself. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const INTERVAL_MS = 60_000;
const START_MS = Date.UTC(2022, 5, 1);
const WINDOWS = {
  train: { unit: 'mo', count: 6 },
  valid: { unit: 'mo', count: 1 },
  test: { unit: 'd', count: 15 },
  step: { unit: 'd', count: 15 },
};

const dist = (file) => import(path.join(ROOT, 'dist', file));

/** Runs the stages klines and features on the recorded archive; `use(folder)` reads what they wrote. */
async function withModelData(archive, use) {
  const server = await startServer();
  const session = await startSession({ address: server.address, exchangeFlags: ['--recorded', archive] });
  try {
    const config = {
      train_symbols: SYMBOLS,
      inference_symbol: SYMBOLS[0],
      start_date: new Date(START_MS).toISOString().slice(0, 10),
      binance_base_url: session.url,
      binance_archive_url: session.url,
    };
    writeFileSync(path.join(session.home, 'config.json'), JSON.stringify(config));
    await session.client('run', '--until', 'features');
    return await use(path.join(session.home, 'data/processed/ALL_1m_model_data.parquet'));
  } finally {
    await session.stop();
    await server.stop();
  }
}

async function readSymbols(folder) {
  const { readTable } = await dist('lib/store/parquet.js');
  const files = readdirSync(folder).sort();
  return Promise.all(
    SYMBOLS.map(async (symbol) => {
      const own = files.filter((file) => file.startsWith(symbol));
      return {
        symbol,
        tables: await Promise.all(own.map((file) => readTable({ path: path.join(folder, file) }))),
      };
    }),
  );
}

/** First row filed at or after `timeMs`. */
function rowAt(rows, timeMs) {
  let [low, high] = [0, rows.rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.timestampMs[middle] + INTERVAL_MS < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function foldRows(rows) {
  const { planFolds } = await dist('lib/model/folds.js');
  const endMs = rows.timestampMs[rows.rows - 1] + 2 * INTERVAL_MS;
  const folds = planFolds({
    ...WINDOWS,
    startMs: START_MS,
    endMs,
    embargoBars: 0,
    intervalMs: INTERVAL_MS,
    coverage: SYMBOLS.map(() => [{ startMs: START_MS, endMs }]),
  });
  return folds.map((fold) =>
    [fold.trainStartMs, fold.validStartMs, fold.testStartMs, fold.testEndMs].map((timeMs) =>
      rowAt(rows, timeMs),
    ),
  );
}

/**
 * Writes `matrix.f64` (row-major, rows with a target by time and then symbol) and `target.f64` into `folder`.
 * @param modelData a folder of these symbols' model data; without it the pipeline makes one from `archive`
 * @returns the feature columns, the number of rows, and of each fold the rows at which training, validation
 *   and test start, and where test ends
 */
export async function prepareRows({ archive, modelData, folder }) {
  const { assembleRows } = await dist('lib/model/matrix.js');
  const read = async (processed) => {
    const symbols = await readSymbols(processed);
    const names = [...symbols[0].tables[0].columns.keys()];
    const columns = names.filter((name) => !['symbol', 'timestamp', 'fwd1min'].includes(name));
    const layout = { columns, targetName: 'fwd1min', intervalMs: INTERVAL_MS };
    const selection = { startMs: 0, endMs: Infinity, withTarget: true };
    return { columns, ...assembleRows(symbols, layout, selection) };
  };
  const rows = modelData === undefined ? await withModelData(archive, read) : await read(modelData);
  writeFileSync(path.join(folder, 'matrix.f64'), new Uint8Array(rows.matrix.buffer));
  writeFileSync(path.join(folder, 'target.f64'), rows.target);
  return { columns: rows.columns, rows: rows.rows, folds: await foldRows(rows) };
}
