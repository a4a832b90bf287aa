import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript, runScript, type BundledScript } from './bundled-script.js';

const SEED = 20_260_301;
/** Generous: sanitizers and busy machines take ten times as long as the two seconds of an idle one. */
const TIMEOUT_MS = 120_000;

describe(`a process of its own, seed ${SEED}`, () => {
  let calls: BundledScript;
  let models: BundledScript;
  beforeAll(async () => {
    calls = await bundleScript(new URL('./random-calls.ts', import.meta.url));
    models = await bundleScript(new URL('./damaged-models.ts', import.meta.url));
  });
  afterAll(() => [calls, models].forEach((script) => script.remove()));

  it('answers 10,000 random calls, or refuses them with a typed error', { timeout: TIMEOUT_MS }, async () => {
    const ending = await runScript(calls, ['10000', String(SEED)]);
    expect(ending).toMatchObject({ exitCode: 0, signal: null });
    if (process.platform === 'linux') expect(ending.stderrTail).not.toContain('[LightGBM]');
    const { answered, refused } = JSON.parse(ending.stdout) as {
      answered: Record<string, number>;
      refused: number;
    };
    // Every kind of call must have worked often enough for the mixture to mean something.
    expect(Object.keys(answered)).toHaveLength(12);
    expect(Math.min(...Object.values(answered))).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(1000);
  });

  it('reads and uses 2,000 damaged models, or refuses them', { timeout: TIMEOUT_MS }, async () => {
    const ending = await runScript(models, ['2000', String(SEED)]);
    expect(ending).toMatchObject({ exitCode: 0, signal: null });
    const outcome = JSON.parse(ending.stdout) as { used: number; refused: number };
    expect(outcome.used).toBeGreaterThan(100);
    expect(outcome.refused).toBeGreaterThan(1000);
  });
});
