/**
 * The whole pipeline on martingales, where nothing can be predicted: for 20 seeds fixed beforehand, the t of
 * every tradable rule and of the IC, for the model and two baselines; beside them the rule by `date` with
 * 1,440 bins, which looks ahead. Ends with 1 where a tradable number is missing or does not look standard normal,
 * where -rsi under `date` does not show its false profit, and where the fitted model shows one too.
 *
 *   node bench/market-truth/martingale.mjs [--seeds 1-20] [--out FILE]
 *
 * `--out` keeps a line of JSON for each seed; seeds that it has already, with every number, are not run again, only
 * reported.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';
import { normality } from './normality.mjs';
import { evaluate, RANGE, runAndOpen, SIGNALS, trade, TRADABLE } from './rules.mjs';

const BINS_A_DAY = 1440;
const LARGEST_T = 4;
const LEAST_P = 0.01;
/** Under `date` -rsi must look like this: t of each seed on average, and Sharpe ratio. */
const FALSE_T = 8;
const FALSE_SHARPE = 20;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1-20' }, out: { type: 'string' } },
});
const [first, last = first] = values.seeds.split('-').map(Number);

/** What is asked of each market, by the name of its row in the report. */
const QUESTIONS = new Map([
  ...Object.entries(SIGNALS).flatMap(([name, signal]) => [
    [`${name} IC`, (stored) => evaluate(stored, signal)],
    ...TRADABLE.map((scope) => [`${name} ${scope}`, (stored) => trade(stored, { signal, scope })]),
  ]),
  ...['date', 'trailing'].flatMap((scope) =>
    ['-rsi', 'model'].map((name) => [
      `${name} ${scope}/${BINS_A_DAY}`,
      (stored) => trade(stored, { signal: SIGNALS[name], scope, bins: BINS_A_DAY }),
    ]),
  ),
]);

/** Rows of the seeds asked for that answer every question; those of an older version of this script are run again. */
function keptRows(file) {
  if (file === undefined || !existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  const rows = lines.map((line) => JSON.parse(line)).filter(({ seed }) => seed >= first && seed <= last);
  return rows.filter((row) => {
    const lacking = [...QUESTIONS.keys()].filter((name) => !('t' in (row[name] ?? {})));
    if (lacking.length > 0)
      console.error(
        `seed ${row.seed} of ${file} lacks ${lacking.join(', ')}: kept by another version, not used`,
      );
    return lacking.length === 0;
  });
}

async function runSeed(address, seed) {
  const exchangeFlags = [
    '--model',
    'martingale',
    '--seed',
    `${seed}`,
    '--start',
    RANGE.start,
    '--end',
    RANGE.end,
  ];
  const session = await startSession({ address, exchangeFlags });
  const row = { seed };
  try {
    const stored = await runAndOpen(session);
    for (const [name, answerFrom] of QUESTIONS) row[name] = await answerFrom(stored);
  } finally {
    await session.stop();
  }
  return row;
}

/** What is wrong with a row of the report; nothing for most. */
function problemsOf(name, cells, { p, largest, mean }, sharpe) {
  const missing = cells.filter(({ t }) => t === null).length;
  if (missing > 0) return [`${name}: ${missing} of ${cells.length} seeds have no t: their days do not vary`];
  if (name === `-rsi date/${BINS_A_DAY}`) {
    const isFalse = mean > FALSE_T && sharpe > FALSE_SHARPE;
    return isFalse ? [] : [`${name}: no false profit (t ${mean.toFixed(2)}, Sharpe ${sharpe.toFixed(1)})`];
  }
  // A fitted model's sign is random: it may look far ahead, but not to the same side each time.
  if (name.includes('date')) return mean > FALSE_T ? [`${name}: a fitted model shows the false profit`] : [];
  const isNormal = p >= LEAST_P && largest <= LARGEST_T;
  return isNormal
    ? []
    : [`${name}: not standard normal (p ${p.toFixed(3)}, largest t ${largest.toFixed(2)})`];
}

function report(rows) {
  const problems = [];
  console.log(
    'rule                      n    mean t   dev t   largest    KS p    mean Sharpe   mean return a year',
  );
  for (const name of QUESTIONS.keys()) {
    const cells = rows.map((row) => row[name]);
    const { n, mean, deviation, largest, p } = normality(cells.flatMap(({ t }) => t ?? []));
    const average = (key) => cells.reduce((sum, cell) => sum + (cell[key] ?? Number.NaN), 0) / cells.length;
    problems.push(...problemsOf(name, cells, { p, largest, mean }, average('sharpe')));
    const numbers = [mean, deviation, largest].map((value) => value.toFixed(2).padStart(8));
    // An IC has neither a Sharpe ratio nor a return.
    const money = name.endsWith(' IC')
      ? ''
      : ` ${average('sharpe').toFixed(2).padStart(12)} ${(100 * average('annualReturn')).toFixed(1).padStart(16)} %`;
    console.log(
      `${name.padEnd(24)} ${String(n).padStart(2)} ${numbers.join(' ')} ${p.toFixed(3).padStart(8)}${money}`,
    );
  }
  return problems;
}

await setup({ root: ROOT });
const server = await startServer();
const rows = keptRows(values.out);
try {
  for (let seed = first; seed <= last; seed++) {
    if (rows.some((row) => row.seed === seed)) continue;
    const fromMs = performance.now();
    const row = await runSeed(server.address, seed);
    rows.push(row);
    if (values.out) appendFileSync(values.out, `${JSON.stringify(row)}\n`);
    console.error(`seed ${seed}: ${((performance.now() - fromMs) / 1000).toFixed(0)} s`);
  }
} finally {
  await server.stop();
}
const problems = report(rows);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
