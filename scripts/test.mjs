/**
 * Everything that must pass: set-up, lint, format, type check, the tests of parts beside them, then the tests of
 * whole jobs. Ends with the plain line `N passed, N failed`; exits 1 unless all passed and some ran.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';
import { addCounts, countOfCheck, countOfReport } from './test/counts.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const REPORTS = path.join(ROOT, 'build', 'test-reports');

const CHECKS = [
  { name: 'types', tool: 'typescript/bin/tsc', args: ['--noEmit', '-p', '.'] },
  { name: 'lint', tool: 'eslint/bin/eslint.js', args: ['.', '--quiet'] },
  { name: 'format', tool: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
];

/** The tools write into pipes: whether there are colours is decided by where this goes. */
const COLOURS =
  process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };

/** Runs a tool of node_modules and gives its exit code and its output, which comes in one piece. */
function runTool(tool, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...COLOURS },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** One line of outcome, then what the tool said. */
function tell(title, startMs, counts, output) {
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(
    `${title}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)\n`,
  );
  if (output.trim() !== '') process.stdout.write(`${output.trimEnd()}\n`);
}

async function runCheck({ name, tool, args }) {
  const startMs = performance.now();
  const { code, output } = await runTool(tool, args);
  const counts = countOfCheck(code);
  tell(name, startMs, counts, counts.failed > 0 ? output : '');
  return counts;
}

/** One process after the other: beside them the tests need the other core. */
async function runChecks() {
  let counts = addCounts();
  for (const check of CHECKS) counts = addCounts(counts, await runCheck(check));
  return counts;
}

async function runTests(project) {
  const startMs = performance.now();
  const report = path.join(REPORTS, `${project}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--project', project, '--passWithNoTests', ...reporters, ...process.argv.slice(2)];
  const { code, output } = await runTool('vitest/vitest.mjs', args);
  const counts = countOfReport(readReport(report), code);
  tell(`tests (${project})`, startMs, counts, output);
  return counts;
}

/** Null where vitest ended before it could write one. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

async function main() {
  await setup({ root: ROOT });
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const [checks, unit] = await Promise.all([runChecks(), runTests('unit')]);
  const tests = addCounts(unit, await runTests('job'));
  if (tests.passed + tests.failed === 0) process.stdout.write('No test ran.\n');
  const { passed, failed } = addCounts(checks, tests);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0 || tests.passed === 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
}
