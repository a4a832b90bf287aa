/** Publishes into the store given as argument and kills itself before the step given: `record:1`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { actionKey } from '../../../dist/lib/store/index.js';
import { Store } from '../../../dist/lib/store/store.js';

const [root, at] = process.argv.slice(2);
const counts = {};
const onStep = (step) => {
  counts[step] = (counts[step] ?? 0) + 1;
  if (`${step}:${counts[step]}` === at) process.kill(process.pid, 'SIGKILL');
};
const preimage = {
  v: 'k1',
  stage: 'features',
  impl: 'i',
  params: { name: 'a' },
  inputs: [],
  env: {},
  salt: '',
};
const attempt = await Store.open(root, { onStep }).begin('features', actionKey(preimage));
writeFileSync(path.join(attempt.dir, 'rows.txt'), 'one');
writeFileSync(path.join(attempt.dir, 'summary.txt'), 'two');
await attempt.publish({
  preimage,
  outputs: [
    { name: 'rows', file: 'rows.txt' },
    { name: 'summary', file: 'summary.txt' },
  ],
  facts: { n: 1 },
  cost: { wallMs: 5 },
  by: { workflowId: 'w', runId: 'r', attempt: 1, host: 'h', startedAt: '2023-03-01T00:00:00Z' },
});
