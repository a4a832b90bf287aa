/** The task queues; one worker process serves all of them unless told otherwise. */
export const TASK_QUEUES = {
  planning: 'minute-alpha',
  market: 'minute-alpha-market',
  compute: 'minute-alpha-compute',
  render: 'minute-alpha-render',
} as const;

export type QueueRole = keyof typeof TASK_QUEUES;
