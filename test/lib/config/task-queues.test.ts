import { expect, it } from 'vitest';
import { TASK_QUEUES } from '../../../lib/config/task-queues.js';

it('keeps the names that users write in commands and schedules', () => {
  expect(TASK_QUEUES).toEqual({
    planning: 'minute-alpha',
    market: 'minute-alpha-market',
    compute: 'minute-alpha-compute',
    render: 'minute-alpha-render',
  });
});
