import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { browserAdvice, findBrowser } from '../../scripts/find-browser.mjs';
import { ROOT, scratchDir } from './drawing-tools.js';

const answer = (version: string): string => `#!/bin/sh\necho "Chromium ${version} built for a test"\n`;

/** An executable that answers `--version` like a browser, or as told. */
function placeBrowser(file: string, script: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

describe('the browser that set-up provides', () => {
  it('is found on this machine', () => {
    const found = findBrowser(process.env, ROOT);
    expect(found?.version).toMatch(/^\d+(\.\d+){3}$/);
  });
});

describe.skipIf(process.platform === 'win32')('looking for a browser', () => {
  it('takes the one that the user names before any other', () => {
    const folder = scratchDir();
    const onPath = placeBrowser(path.join(folder, 'bin', 'chromium'), answer('1.2.3.4'));
    const named = placeBrowser(path.join(folder, 'mine'), answer('5.6.7.8'));
    const env = { PATH: path.dirname(onPath), PUPPETEER_EXECUTABLE_PATH: named };
    expect(findBrowser(env, folder)).toEqual({
      path: named,
      version: '5.6.7.8',
      source: 'PUPPETEER_EXECUTABLE_PATH',
    });
  });

  it('refuses a named one that is no browser instead of taking another', () => {
    const folder = scratchDir();
    const onPath = placeBrowser(path.join(folder, 'bin', 'chromium'), answer('1.2.3.4'));
    const env = { PATH: path.dirname(onPath), PUPPETEER_EXECUTABLE_PATH: path.join(folder, 'absent') };
    expect(() => findBrowser(env, folder)).toThrow(/PUPPETEER_EXECUTABLE_PATH is .*absent/);
  });

  it('passes over a stub that answers without a version or fails', () => {
    const folder = scratchDir();
    placeBrowser(path.join(folder, 'bin', 'google-chrome'), '#!/bin/sh\necho install the snap first\n');
    placeBrowser(path.join(folder, 'bin', 'chromium'), '#!/bin/sh\necho 9.9.9.9\nexit 1\n');
    const real = placeBrowser(path.join(folder, 'bin', 'chromium-browser'), answer('1.2.3.4'));
    const found = findBrowser({ PATH: path.join(folder, 'bin') }, folder);
    if (process.platform === 'linux')
      expect(found).toEqual({ path: real, version: '1.2.3.4', source: 'PATH' });
    else expect(found?.path).not.toContain('google-chrome');
  });

  it.skipIf(process.platform !== 'linux')('takes the newest build of a cache of puppeteer', () => {
    const folder = scratchDir();
    const cache = path.join(folder, 'cache');
    const build = (version: string): string =>
      placeBrowser(
        path.join(cache, 'chrome', `linux-${version}`, 'chrome-linux64', 'chrome'),
        answer(version),
      );
    build('99.0.1.1');
    const newest = build('121.0.1.1');
    const found = findBrowser({ PATH: '', PUPPETEER_CACHE_DIR: cache }, folder);
    expect(found).toEqual({ path: newest, version: '121.0.1.1', source: cache });
  });

  it.skipIf(process.platform !== 'linux')('gives null where there is none', () => {
    const folder = scratchDir();
    expect(findBrowser({ PATH: folder, HOME: folder }, folder)).toBeNull();
  });
});

describe('the advice to a user without a browser', () => {
  it('names a command for every platform and the variable', () => {
    for (const platform of ['linux', 'darwin', 'win32', 'freebsd'] as const) {
      expect(browserAdvice(platform)).toMatch(/Install one with .+; or set PUPPETEER_EXECUTABLE_PATH\./);
    }
  });
});
