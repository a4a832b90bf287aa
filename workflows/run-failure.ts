/** What a run with failed nodes ends with. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { NodeFailure, RunResult } from '../activities/contract.js';

/** One failure that names every failed node; equal messages are told once. */
export function failureOf(failures: readonly NodeFailure[], result: RunResult): ApplicationFailure {
  const byMessage = new Map<string, string[]>();
  for (const { node, message } of failures) byMessage.set(message, [...(byMessage.get(message) ?? []), node]);
  const lines = [...byMessage].map(([message, nodes]) => {
    const more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : '';
    return `${nodes.slice(0, 3).join(', ')}${more}: ${message}`;
  });
  return ApplicationFailure.create({
    message: lines.join('\n'),
    type: failures[0]?.type ?? 'Error',
    nonRetryable: true,
    details: [{ failures: failures.slice(0, 20), stages: result.stages }],
  });
}
