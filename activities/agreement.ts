/** Plan and execution must agree; a worker of other code leaves a node to one that fits. */
import type { PlanNode } from '../lib/plan/node.js';
import type { CodeIdentity } from '../lib/plan/preimage.js';
import { canonicalJson } from '../lib/store/index.js';
import type { StageRequest } from './contract.js';
import { tryAgain } from './failures.js';
import type { LoadedPlan } from './load-plan.js';

/** Wait until another worker may have taken the node. */
const MISMATCH_WAIT_MS = 5000;
const FIX = 'Restart the workers with one version.';

/** Compares code and libraries with those of the plan, also where the plan could not know the key. */
export function checkCode(plan: LoadedPlan, { id, program }: PlanNode, code: CodeIdentity): void {
  const planned = plan.code[program];
  if (planned !== undefined && canonicalJson(planned) === canonicalJson(code)) return;
  throw mismatch(`${id} was planned with other code or other libraries than this worker has. ${FIX}`);
}

/** Compares the key with the one that the plan knew. */
export function checkKey({ node, plannedKey }: StageRequest, key: string): void {
  if (plannedKey === null || plannedKey === key) return;
  throw mismatch(
    `${node} has the key ${key.slice(0, 12)} here and ${plannedKey.slice(0, 12)} in the plan: this worker runs other code or other libraries. ${FIX}`,
  );
}

function mismatch(message: string): Error {
  return tryAgain('CodeMismatch', message, MISMATCH_WAIT_MS);
}
