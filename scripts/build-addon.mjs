/**
 * Builds the LightGBM addon (native/src) into build/lightgbm.node with the system's C++17 compiler.
 * Only Node's own modules; headers come from the npm packages node-api-headers and node-addon-api.
 * `node scripts/build-addon.mjs` builds what is stale; --force builds anyway.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HEADER_PACKAGES = ['node-api-headers', 'node-addon-api'];

/** Contraction into fused multiply-add would round differently from one processor to the next. */
const COMPILE_FLAGS = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-pthread',
  '-Wall',
  '-Wextra',
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
];

/** The addon must stay mapped: its code runs in threads that Node does not know of. */
const LINK_FLAGS = {
  linux: ['-shared', '-pthread', '-Wl,-z,nodelete', '-ldl'],
  darwin: ['-bundle', '-undefined', 'dynamic_lookup'],
};

/**
 * Compiles the addon if its sources, headers, flags or compiler changed since the last build.
 * @param {{root: string, log?: (line: string) => void, force?: boolean, extraFlags?: string[], output?: string}} options
 *   `extraFlags` go to compiler and linker; `output` is a path under `root`, build/lightgbm.node by default
 * @returns {Promise<{path: string, rebuilt: boolean}>} absolute path of the addon
 * @throws Error with the fix in its message: no compiler, no headers, an unsupported system, a compile error
 */
export async function buildAddon({ root, log = () => {}, force = false, extraFlags = [], output }) {
  const path = join(root, output ?? join('build', 'lightgbm.node'));
  const stampPath = `${path}.stamp`;
  const linkFlags = linkFlagsOf(process.platform);
  const headers = HEADER_PACKAGES.map((name) => locateHeaders(root, name));
  const compiler = await findCompiler();
  const sources = sourcesIn(join(root, 'native', 'src'));
  const flags = [...COMPILE_FLAGS, ...extraFlags];
  const stamp = digestOf({ sources, headers, compiler, flags: [...flags, ...linkFlags] });
  if (!force && readOr(stampPath) === stamp && readOr(path) !== null) return { path, rebuilt: false };

  log(`compiling the LightGBM addon with ${compiler.version}`);
  mkdirSync(dirname(path), { recursive: true });
  const work = mkdtempSync(join(dirname(path), 'addon-'));
  try {
    const objects = await compileAll({ root, work, compiler, flags, headers, sources });
    const linked = join(work, 'lightgbm.node');
    await compilerRun(compiler, root, [...objects, ...extraFlags, ...linkFlags, '-o', linked]);
    // Renaming leaves a running process its own copy and never shows half a file.
    renameSync(linked, path);
    writeFileSync(stampPath, stamp);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { path, rebuilt: true };
}

function linkFlagsOf(platform) {
  const flags = LINK_FLAGS[platform];
  if (flags) return flags;
  throw new Error(
    `The LightGBM addon is built on Linux and macOS, not on ${platform}. On Windows use WSL 2 and run npm run setup there.`,
  );
}

function locateHeaders(root, name) {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const folder = name === 'node-api-headers' ? join(dirname(manifest), 'include') : dirname(manifest);
    return { name, version, folder };
  } catch (cause) {
    throw new Error(
      `The npm package ${name}, which holds the addon's headers, is not installed. Run npm ci.`,
      {
        cause,
      },
    );
  }
}

/** $CXX where it is set, else the first compiler that answers. */
async function findCompiler() {
  const asked = process.env.CXX?.trim();
  const candidates = asked ? [asked] : ['c++', 'g++', 'clang++'];
  for (const candidate of candidates) {
    const [command, ...leading] = candidate.split(/\s+/);
    try {
      const { stdout } = await run(command, [...leading, '--version']);
      return { command, leading, version: stdout.split('\n')[0].trim() };
    } catch {
      continue;
    }
  }
  const tried = asked ? `CXX=${asked} does not run` : `none of ${candidates.join(', ')} runs`;
  throw new Error(
    `No C++17 compiler for the LightGBM addon: ${tried}. ` +
      'Install one (Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; Alpine: apk add g++; ' +
      'macOS: xcode-select --install), or set CXX to yours.',
  );
}

function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()
    .map((file) => ({ file, path: join(folder, file), text: readFileSync(join(folder, file)) }));
}

function digestOf({ sources, headers, compiler, flags }) {
  const hash = createHash('sha256');
  const facts = {
    platform: process.platform,
    arch: process.arch,
    compiler: [compiler.command, ...compiler.leading, compiler.version],
    headers: headers.map(({ name, version }) => `${name}@${version}`),
    flags,
    sources: sources.map(({ file, text }) => [file, createHash('sha256').update(text).digest('hex')]),
  };
  return hash.update(JSON.stringify(facts)).digest('hex');
}

/** Paths are given relative to the root, so that equal sources give equal bytes in any folder. */
async function compileAll({ root, work, compiler, flags, headers, sources }) {
  const includes = headers.map(({ folder }) => `-I${relative(root, folder)}`);
  const units = sources.filter(({ file }) => file.endsWith('.cc'));
  const objects = units.map(({ file }) => join(work, file.replace(/\.cc$/, '.o')));
  const waiting = units.map((unit, index) => ({ unit, object: objects[index] }));
  const lanes = Array.from({ length: Math.max(1, availableParallelism()) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const source = relative(root, next.unit.path);
      await compilerRun(compiler, root, [...flags, ...includes, '-c', source, '-o', next.object]);
    }
  });
  await Promise.all(lanes);
  return objects;
}

function compilerRun(compiler, cwd, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler.command, [...compiler.leading, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `The LightGBM addon did not compile (${compiler.version}, C++17 is needed); the compiler said:\n${said}`,
          ),
        );
    });
  });
}

function readOr(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  try {
    const { path, rebuilt } = await buildAddon({
      root,
      log: (line) => console.error(line),
      force: process.argv.includes('--force'),
    });
    console.error(`${relative(root, path)} ${rebuilt ? 'built' : 'is up to date'}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
