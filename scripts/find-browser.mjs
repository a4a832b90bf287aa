/** Looks for a Chrome, Chromium or Edge that can draw the report's pictures. Node built-ins only. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const PATH_NAMES = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'chrome',
  'chrome-headless-shell',
  'microsoft-edge',
];

/** A cold disk may take seconds to load the browser's 200 MB. */
const VERSION_TIMEOUT_MS = 20_000;

/**
 * The first browser that answers with a version: `PUPPETEER_EXECUTABLE_PATH`, then the path, the usual
 * places of macOS and Windows, then puppeteer's cache folders (the project's own first, newest build first).
 * @param {Record<string, string | undefined>} env such as `process.env`
 * @param {string} root folder of the project
 * @returns {{path: string, version: string, source: string} | null} null where there is none
 * @throws {Error} when `PUPPETEER_EXECUTABLE_PATH` is set and is no browser: what was asked for is never replaced
 */
export function findBrowser(env, root) {
  const wanted = env.PUPPETEER_EXECUTABLE_PATH;
  if (wanted) return namedBrowser(wanted);
  for (const { file, source } of candidates(env, root)) {
    if (!isExecutable(file)) continue;
    const version = browserVersion(file);
    if (version !== null) return { path: file, version, source };
  }
  return null;
}

/**
 * How a user gets a browser, as one sentence.
 * @param {NodeJS.Platform} platform
 */
export function browserAdvice(platform) {
  const own = {
    linux: 'apt-get install chromium (Debian), dnf install chromium (Fedora) or pacman -S chromium (Arch)',
    darwin: 'brew install --cask chromium or Google Chrome',
    win32: 'winget install Google.Chrome',
  }[platform];
  const puppeteer = 'npx puppeteer browsers install chrome';
  return `Install one with ${own ? `${own}, or ` : ''}${puppeteer}; or set PUPPETEER_EXECUTABLE_PATH.`;
}

function namedBrowser(file) {
  const version = isExecutable(file) ? browserVersion(file) : null;
  if (version !== null) return { path: file, version, source: 'PUPPETEER_EXECUTABLE_PATH' };
  throw new Error(
    `PUPPETEER_EXECUTABLE_PATH is ${file}, which is not a browser that answers --version. ` +
      'Correct it, or unset it to have the usual places searched.',
  );
}

function* candidates(env, root) {
  for (const folder of (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean)) {
    for (const name of PATH_NAMES) {
      yield { file: path.join(folder, process.platform === 'win32' ? `${name}.exe` : name), source: 'PATH' };
    }
  }
  for (const file of usualPlaces(env)) yield { file, source: 'system' };
  for (const cache of puppeteerCaches(env, root)) {
    for (const file of cachedBrowsers(cache)) yield { file, source: cache };
  }
}

function usualPlaces(env) {
  if (process.platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    const folders = ['/Applications', ...(env.HOME ? [path.join(env.HOME, 'Applications')] : [])];
    return folders.flatMap((folder) =>
      apps.map((app) => path.join(folder, `${app}.app`, 'Contents', 'MacOS', app)),
    );
  }
  if (process.platform !== 'win32') return [];
  const tails = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
  const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean);
  return tails.flatMap((tail) => folders.map((folder) => path.join(folder, tail)));
}

function puppeteerCaches(env, root) {
  const home = env.HOME ?? env.USERPROFILE;
  return [
    path.join(root, 'node_modules', '.cache', 'minute-alpha', 'puppeteer'),
    ...(env.PUPPETEER_CACHE_DIR ? [env.PUPPETEER_CACHE_DIR] : []),
    ...(home ? [path.join(home, '.cache', 'puppeteer')] : []),
  ];
}

/** Executables in `<cache>/<browser>/<platform>-<build>/<browser>-<platform>/`, newest build first. */
function cachedBrowsers(cache) {
  const macApp = ['Google Chrome for Testing.app', 'Contents', 'MacOS', 'Google Chrome for Testing'];
  return ['chrome', 'chrome-headless-shell'].flatMap((browser) =>
    foldersIn(path.join(cache, browser))
      .sort((left, right) => right.localeCompare(left, 'en', { numeric: true }))
      .flatMap((build) => foldersIn(build))
      .flatMap((folder) => [
        path.join(folder, process.platform === 'win32' ? `${browser}.exe` : browser),
        path.join(folder, ...macApp),
      ]),
  );
}

function foldersIn(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return [];
    throw error;
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(folder, entry.name));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there or not ours to run: in both cases no candidate.
  }
}

/** Such as `126.0.6478.127`; null where the file does not answer like a browser (Ubuntu's snap stub, say). */
function browserVersion(file) {
  // On Windows --version opens a window; the installer keeps a folder of that name beside the executable.
  if (process.platform === 'win32') return versionIn(foldersIn(path.dirname(file)).join('\n') + `\n${file}`);
  const answer = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS });
  return answer.status === 0 ? versionIn(answer.stdout) : null;
}

function versionIn(text) {
  return /\d+\.\d+\.\d+\.\d+/.exec(text)?.[0] ?? null;
}
