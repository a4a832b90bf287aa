import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectComponents, type Component } from '../../scripts/components.mjs';
import { ROOT } from '../architecture/sources.js';
import { useTemporaryFolder } from './temporary-folder.js';

const folder = useTemporaryFolder();

describe('components of a checkout that is set up', () => {
  let components: Component[] = [];
  beforeAll(async () => {
    components = await inspectComponents(ROOT, { ...process.env, MINUTE_ALPHA_HOME: ROOT });
  });

  it('are healthy where set-up answers for them, with a place and what was seen', () => {
    // Not the build, which is older than sources that are being edited, nor what only a first set-up needs.
    const brought = ['Node.js', 'npm packages', 'Temporal CLI', 'LightGBM', 'LightGBM addon', 'Browser'];
    const inspected = components.filter(({ component }) => brought.includes(component));
    expect(inspected).toHaveLength(brought.length);
    expect(inspected.filter(({ healthy }) => !healthy)).toEqual([]);
    expect(inspected.every(({ place, detail }) => place !== null && detail !== '')).toBe(true);
  });

  it('name a fix exactly where they are ill', () => {
    expect(components.filter(({ healthy, fix }) => healthy !== (fix === ''))).toEqual([]);
  });
});

describe('components of an empty folder', () => {
  it('are ill, each with what to do, and nothing is written', async () => {
    folder.write('package-lock.json', '{"packages": {"node_modules/a": {"version": "1.0.0"}}}');
    const env = { PATH: '', MINUTE_ALPHA_HOME: folder.write('a-file', ''), MINUTE_ALPHA_STORE: 'cache' };
    const components = await inspectComponents(folder.path, env);
    const ill = components.filter(({ healthy }) => !healthy);
    expect(ill.map(({ component }) => component)).toEqual([
      'npm packages',
      'Build',
      'Temporal CLI',
      'LightGBM',
      'LightGBM addon',
      'Browser',
      'Python with pip',
      'C++ compiler',
      'Store folder',
    ]);
    expect(ill.every(({ fix, detail }) => fix !== '' && detail !== '')).toBe(true);
    expect(path.isAbsolute(components[0]!.place!)).toBe(true);
  });
});

it.runIf(process.platform === 'linux')(
  'finds a store ill where nothing can be made, such as /proc',
  async () => {
    const env = { ...process.env, MINUTE_ALPHA_HOME: '/proc', MINUTE_ALPHA_STORE: 'no-store' };
    const store = (await inspectComponents(ROOT, env)).find(({ component }) => component === 'Store folder');
    expect(store).toMatchObject({ healthy: false, detail: '/proc is not writable' });
  },
);
