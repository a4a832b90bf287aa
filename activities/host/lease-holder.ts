import { hostname } from 'node:os';
import { activityInfo } from '@temporalio/activity';
import { processStartTime, type LeaseHolder } from '../../lib/store/index.js';

/** Who holds a lease: this attempt of this activity in this process. */
export function currentHolder(): LeaseHolder {
  const { workflowExecution, activityId, attempt } = activityInfo();
  return {
    workflowId: workflowExecution.workflowId,
    runId: workflowExecution.runId,
    activityId,
    attempt,
    host: hostname(),
    pid: process.pid,
    pidStart: processStartTime(process.pid) ?? '',
  };
}
