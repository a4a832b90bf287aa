/** A part of a large run: the nodes of one symbol, or some folds, in a history of their own. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { GroupAnswer, GroupRequest } from '../activities/contract.js';
import { executePlan, type Execution, type ExecutionHost } from './execute-plan.js';
import { countNodes, nodeTable, stageTable } from './run-tables.js';
import { computeNode, planning, readFailures } from './stage-host.js';

/** Failures that are told to the run; all of them stand in the stored outcomes. */
const MOST_FAILURES = 20;

/** Runs the nodes of a group of a stored plan and answers where their outcomes are stored. */
export async function nodeGroup(request: GroupRequest): Promise<GroupAnswer> {
  const { plan, pages } = request;
  const nodes = await planning.readGroup.executeWithOptions({ summary: `nodes of ${request.group}` }, [
    request,
  ]);
  const execution: Execution = { outcomes: new Map(), running: new Set(), failures: [] };
  const host: ExecutionHost = {
    ...readFailures,
    compute: (node, keys) => computeNode(node, { plan, pages, keys }),
    changed: ({ outcomes }) =>
      setCurrentDetails(`${stageTable(countNodes(nodes, outcomes))}\n${nodeTable(nodes, outcomes)}`),
  };
  await executePlan(nodes, host, execution);
  const { outcomes, failures } = execution;
  const page = await planning.storeOutcomes.executeWithOptions({ summary: 'how they ended' }, [
    Object.fromEntries(outcomes),
  ]);
  return {
    page,
    stages: countNodes(nodes, outcomes),
    failures: failures.slice(0, MOST_FAILURES),
    failed: failures.length,
  };
}
