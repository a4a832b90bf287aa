/** The small job of hours instead of minutes that tests of the cache run as a whole. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../../activities/contract.js';
import type { JobBench } from './harness.js';

export { MARKET_FLAGS as MARKET, randomOf, smallConfig, SYMBOLS } from '../../bench/small-job.mjs';

/** A change of the small job that leaves four months and two folds. */
export const SHORT = {
  end_date: '2022-05-01',
  folds: { train: '2mo', valid: '1mo', test: '1mo', step: '1mo' },
};

/** Digests of all outputs of all nodes of a run, from its file in the store. */
export function allOutputs(bench: JobBench, { runId }: RunResult): Record<string, unknown> {
  const file = path.join(bench.home, 'cache/runs', `${runId}.json`);
  const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as { nodes: Record<string, { outputs: unknown }> };
  return Object.fromEntries(Object.entries(nodes).map(([id, { outputs }]) => [id, outputs]));
}

/** Nodes that ran, by name. */
export const ran = ({ ran: nodes }: RunResult): string[] => nodes.map(({ node }) => node).sort();
export const set = (...settings: string[]): string[] => settings.flatMap((setting) => ['--set', setting]);

/** Changes, shortens or removes the bytes behind a digest of a bench's store. */
export function damageBlob(bench: JobBench, digest: string, how: 'flip' | 'truncate' | 'delete'): void {
  const hex = digest.slice('sha256:'.length);
  const file = path.join(bench.home, 'cache/blobs/sha256', hex.slice(0, 2), hex.slice(2));
  const bytes = readFileSync(file);
  if (how === 'delete') return rmSync(file);
  chmodSync(file, 0o644);
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1]! ^= 1;
  writeFileSync(file, how === 'flip' ? changed : bytes.subarray(0, bytes.length - 1));
}
