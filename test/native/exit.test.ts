import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript, runScript, type BundledScript } from './bundled-script.js';

describe('process.exit in the middle of native work', () => {
  let script: BundledScript;
  beforeAll(async () => {
    script = await bundleScript(new URL('./early-exit.ts', import.meta.url));
  });
  afterAll(() => script.remove());

  it.each([0, 3, 9, 20, 40])(
    'ends with its code while trainings wait, %d ms after they began',
    async (ms) => {
      const ending = await runScript(script, ['trainings', String(ms)]);
      expect(ending).toMatchObject({ exitCode: 3, signal: null });
    },
  );

  it('does not wait for the end of a long prediction', async () => {
    const ending = await runScript(script, ['prediction', '20']);
    expect(ending).toMatchObject({ exitCode: 3, signal: null, stdout: '' });
  });
});
