/** What `observe` refuses before it asks the exchange anything. */
import { expect, it, vi } from 'vitest';
import { createObserve } from '../../activities/observe.js';
import type { ActivityDependencies } from '../../activities/dependencies.js';

vi.mock('../../activities/with-heartbeat.js', () => ({
  withHeartbeat: (work: (signal: AbortSignal, tell: () => void) => unknown) =>
    work(new AbortController().signal, () => undefined),
}));

/** The code of the error of a run of two symbols that share a category. */
function refusal(featureFlags: Record<string, boolean>): Promise<unknown> {
  const config = { train_symbols: ['AHBUSDT', 'AISUSDT'], feature_flags: featureFlags };
  const observe = createObserve({ host: {} } as unknown as ActivityDependencies);
  return observe({ config, options: { until: 'features' } }).then(
    () => null,
    (thrown: unknown) => (thrown as { code?: string }).code ?? 'other',
  );
}

it('symbols that share a category, where the symbol is a feature', async () => {
  expect(await refusal({ symbol: true })).toBe('SYMBOL_CODE_CLASH');
});

it('not such symbols where it is none: the run goes on to what a worker alone has', async () => {
  expect(await refusal({ symbol: false })).toBe('other');
});
