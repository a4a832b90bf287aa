import { activityInfo } from '@temporalio/activity';
import { InvariantError } from '../../lib/errors.js';

/** The run and the attempt that the current activity belongs to. */
export interface CurrentRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
  readonly attempt: number;
}

/** Identity of the current activity; only workflows start ours. */
export function currentRun(): CurrentRun {
  const { workflowExecution, activityId, attempt } = activityInfo();
  if (workflowExecution === undefined) {
    throw new InvariantError('NO_WORKFLOW', {
      what: `The activity ${activityId} was started without a workflow.`,
      fix: 'Start the `pipeline` workflow instead.',
    });
  }
  return { ...workflowExecution, activityId, attempt };
}
