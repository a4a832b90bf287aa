/** A virtual environment with pinned packages, made once, for the Python sides of benchmarks. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './pipeline-session.mjs';

/** Path of a Python that has exactly these packages (`name==version`). */
export function pythonWith(name, packages) {
  const folder = path.join(ROOT, 'node_modules/.cache/minute-alpha', `python-${name}`);
  const python = path.join(folder, 'bin/python');
  const mark = path.join(folder, 'complete');
  if (existsSync(mark)) return python;
  rmSync(folder, { recursive: true, force: true });
  const options = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('python3', ['-m', 'venv', folder], options);
  execFileSync(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
    options,
  );
  writeFileSync(mark, `${packages.join('\n')}\n`);
  return python;
}
