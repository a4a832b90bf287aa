/**
 * Runs the addon's tests against a build of it with AddressSanitizer and UndefinedBehaviorSanitizer, in a
 * copy of the project under build/sanitized. Linux with gcc or clang; LightGBM itself is not instrumented,
 * but its allocations are watched. `node scripts/sanitize-addon.mjs [vitest arguments]`
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAddon } from './build-addon.mjs';

const SANITIZERS = [
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=undefined',
  '-fno-omit-frame-pointer',
  '-g',
];
/** What the tests of the addon and of what stands on it import. */
const COPIED = ['native', 'lib', 'activities', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The sanitizer's runtime, which must be in the process before everything else. */
function runtimeOf(compiler) {
  const found = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  if (found !== 'libasan.so') return found;
  throw new Error(
    `${compiler} has no AddressSanitizer runtime. Install it: apt-get install libasan8 (or g++).`,
  );
}

function copyProject(copy) {
  mkdirSync(copy, { recursive: true });
  for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // The golden models stand beside the project, where they are there.
  const shared = join(root, '..', 'shared');
  if (existsSync(shared)) symlinkSync(shared, join(copy, '..', 'shared'));
}

const folder = join(root, 'build', 'sanitized');
const copy = join(folder, 'project');
rmSync(folder, { recursive: true, force: true });
copyProject(copy);
await buildAddon({ root: copy, extraFlags: SANITIZERS, log: (line) => console.error(line) });
const wanted = process.argv.slice(2);
const tests = wanted.length > 0 ? wanted : ['test/native', 'test/lib/model', 'test/activities/programs/fold'];
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--testTimeout=300000', ...tests],
  {
    cwd: copy,
    stdio: 'inherit',
    env: {
      ...process.env,
      LD_PRELOAD: runtimeOf(process.env.CXX ?? 'c++'),
      // Node itself frees little at exit, so leaks cannot be told apart; errors end the process. Freed memory
      // is kept back little, so that the test of flat memory means something.
      ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:abort_on_error=1:quarantine_size_mb=16',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    },
  },
);
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
