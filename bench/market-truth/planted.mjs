/**
 * The whole pipeline on markets with a planted signal, at three strengths: the IC of the oracle (`bop`, the
 * feature that carries the signal) beside the nominal one, and the share of it that the model finds. Ends
 * with 1 where the oracle is off by two standard errors, or the model finds too much or too little.
 *
 *   node bench/market-truth/planted.mjs [--seed 1] [--out FILE]
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setup } from '../../scripts/setup.mjs';
import { ROOT, startServer, startSession } from '../pipeline-session.mjs';
import { evaluate, RANGE, trade, writeConfig } from './rules.mjs';

/** Nominal IC, and the least share of it that the model must reach; null: no demand. */
const STRENGTHS = [
  { ic: 0.07, leastShare: 0.85 },
  { ic: 0.04, leastShare: null },
  { ic: 0.023, leastShare: 0.5 },
];
const ERRORS_ALLOWED = 2;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, out: { type: 'string' } },
});

async function runStrength(address, ic) {
  const exchangeFlags = ['--model', 'planted', '--ic', `${ic}`, '--seed', values.seed];
  const session = await startSession({
    address,
    exchangeFlags: [...exchangeFlags, '--start', RANGE.start, '--end', RANGE.end],
  });
  try {
    writeConfig(session);
    const model = await evaluate(session, null);
    const oracle = await evaluate(session, 'bop');
    const rule = await trade(session, { signal: null, scope: 'trailing' });
    return { ic, model, oracle, rule };
  } finally {
    await session.stop();
  }
}

function problems({ ic, model, oracle }, leastShare) {
  const found = [];
  if (Math.abs(oracle.ic - ic) > ERRORS_ALLOWED * oracle.standardError) found.push('the oracle is off');
  if (model.ic > oracle.ic + ERRORS_ALLOWED * oracle.standardError) found.push('the model knows too much');
  if (leastShare !== null && model.ic < leastShare * oracle.ic) found.push('the model finds too little');
  return found;
}

await setup({ root: ROOT });
const server = await startServer();
console.log('nominal   oracle   (s.e.)    model   share   one bar later   trailing Sharpe before fees');
try {
  for (const { ic, leastShare } of STRENGTHS) {
    const row = await runStrength(server.address, ic);
    if (values.out) appendFileSync(values.out, `${JSON.stringify(row)}\n`);
    const { model, oracle, rule } = row;
    const four = [ic, oracle.ic, oracle.standardError, model.ic].map((value) => value.toFixed(4));
    const later = model.delays.find(({ bars }) => bars === 1).ic;
    const found = problems(row, leastShare);
    console.log(
      `${four[0]}    ${four[1]}  (${four[2]})  ${four[3]}   ${(model.ic / oracle.ic).toFixed(2)}     ${later.toFixed(4)}          ${rule.sharpe.toFixed(1)}   ${found.join(', ')}`,
    );
    if (found.length > 0) process.exitCode = 1;
  }
} finally {
  await server.stop();
}
