/**
 * The whole pipeline on markets with a planted signal, at three strengths: the IC of the oracle (`bop`, the
 * feature that carries the signal) beside the nominal one, and the share of it that the model finds, averaged
 * over the seeds. Ends with 1 where the oracle is off by two standard errors, or the model finds too much or
 * too little.
 *
 *   node bench/market-truth/planted.mjs [--seeds 1-3] [--out FILE]
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';
import { evaluate, RANGE, runAndOpen, trade } from './rules.mjs';

/** Nominal IC, and the least share of it that the model must reach; null: no demand. */
const STRENGTHS = [
  { ic: 0.07, leastShare: 0.85 },
  { ic: 0.04, leastShare: null },
  { ic: 0.023, leastShare: 0.5 },
];
const ERRORS_ALLOWED = 2;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1-3' }, out: { type: 'string' } },
});
const [first, last = first] = values.seeds.split('-').map(Number);

async function runSeed(address, ic, seed) {
  const exchangeFlags = ['--model', 'planted', '--ic', `${ic}`, '--seed', `${seed}`];
  const session = await startSession({
    address,
    exchangeFlags: [...exchangeFlags, '--start', RANGE.start, '--end', RANGE.end],
  });
  try {
    const stored = await runAndOpen(session);
    const model = await evaluate(stored, null);
    const oracle = await evaluate(stored, 'bop');
    const rule = await trade(stored, { signal: null, scope: 'trailing' });
    return { ic, seed, model, oracle, sharpe: rule.sharpe };
  } finally {
    await session.stop();
  }
}

/** The seeds' average: ICs, the oracle's standard error, what is left one bar later, Sharpe of the rule. */
async function runStrength(address, ic) {
  const rows = [];
  for (let seed = first; seed <= last; seed++) {
    const row = await runSeed(address, ic, seed);
    rows.push(row);
    if (values.out) appendFileSync(values.out, `${JSON.stringify(row)}\n`);
  }
  const mean = (numberOf) => rows.reduce((sum, row) => sum + numberOf(row), 0) / rows.length;
  return {
    ic,
    oracle: mean(({ oracle }) => oracle.ic),
    standardError: Math.sqrt(mean(({ oracle }) => oracle.standardError ** 2) / rows.length),
    model: mean(({ model }) => model.ic),
    oneBarLater: mean(({ model }) => model.delays.find(({ bars }) => bars === 1).ic),
    sharpe: mean(({ sharpe }) => sharpe),
  };
}

function problems({ ic, model, oracle, standardError }, leastShare) {
  const found = [];
  if (Math.abs(oracle - ic) > ERRORS_ALLOWED * standardError) found.push('the oracle is off');
  if (model > oracle + ERRORS_ALLOWED * standardError) found.push('the model knows too much');
  if (leastShare !== null && model < leastShare * oracle) found.push('the model finds too little');
  return found;
}

await setup({ root: ROOT });
const server = await startServer();
console.log('nominal   oracle   (s.e.)    model   share   one bar later   trailing Sharpe before fees');
try {
  for (const { ic, leastShare } of STRENGTHS) {
    const row = await runStrength(server.address, ic);
    const { oracle, standardError, model, oneBarLater, sharpe } = row;
    const [nominal, ...four] = [ic, oracle, standardError, model, oneBarLater].map((value) =>
      value.toFixed(4),
    );
    const found = problems(row, leastShare);
    console.log(
      `${nominal}    ${four[0]}  (${four[1]})  ${four[2]}   ${(model / oracle).toFixed(2)}     ${four[3]}          ${sharpe.toFixed(1)}   ${found.join(', ')}`,
    );
    if (found.length > 0) process.exitCode = 1;
  }
} finally {
  await server.stop();
}
