/** A store in a temporary folder of the local disk. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Store } from '../../../lib/store/store.js';
import type { StoreBench } from './store-bench.js';

/** Without refusals, which take a mock of Node's modules of files: `refusing-files.ts`. */
export interface LocalBench extends Omit<StoreBench, 'refuseWrites' | 'acceptWrites'> {
  readonly store: Store;
  reopen(now?: () => number): Store;
  close(): void;
}

export function localBench(parent = tmpdir()): LocalBench {
  const folder = mkdtempSync(path.join(parent, 'store-'));
  const root = path.join(folder, 'cache');
  const store = Store.open(root);
  const at = (...parts: string[]): string => path.join(root, ...parts);
  return {
    store,
    artifacts: path.join(folder, 'human'),
    reopen: (now) => Store.open(root, now === undefined ? {} : { now }),
    close: () => rmSync(folder, { recursive: true, force: true }),
    ...damageTo(at),
    addForeign: () => {
      for (const file of [at('blobs/sha256/ab/notes.txt'), at('actions/features/README')]) {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, 'x');
      }
    },
    leaveBehind: () => writeFileSync(at('tmp/record-1-0123456789abcdef'), 'half'),
    listing: () =>
      filesBelow(root)
        .map((file) => `${path.relative(root, file)} ${statSync(file).size}`)
        .sort(),
  };
}

type Damage = Pick<
  StoreBench,
  | 'corruptObject'
  | 'editUnseen'
  | 'loseRecord'
  | 'tearRecord'
  | 'tearTombstone'
  | 'tearRun'
  | 'tearLiveRun'
  | 'tearLease'
>;

function damageTo(at: (...parts: string[]) => string): Damage {
  const blob = (digest: string): string => at('blobs/sha256', digest.slice(7, 9), digest.slice(9));
  const record = (stage: string, key: string): string => at('actions', stage, key.slice(0, 2), `${key}.json`);
  return {
    corruptObject: (digest, how) => {
      const bytes = readFileSync(blob(digest));
      rmSync(blob(digest));
      if (how === 'delete') return;
      bytes[0]! ^= 1;
      writeFileSync(blob(digest), how === 'flip' ? bytes : bytes.subarray(1));
    },
    editUnseen: (digest) => {
      const original = at('original');
      renameSync(blob(digest), original);
      const bytes = readFileSync(original);
      bytes[0]! ^= 1;
      writeFileSync(blob(digest), bytes);
      // To the nanosecond, which `utimes` of Node is not.
      execFileSync('touch', ['-r', original, blob(digest)]);
      rmSync(original);
    },
    tearRecord: (stage, key) => tear(record(stage, key)),
    tearTombstone: (stage, key) => tear(`${record(stage, key)}.evicted`),
    tearRun: (runId) => tear(at('runs', `${runId}.json`)),
    tearLiveRun: (runId) => tear(at('live', `${runId}.json`)),
    tearLease: (key) => tear(at('leases', `${key}.1.json`)),
    loseRecord: (stage, key) => rmSync(record(stage, key)),
  };
}

/** Keeps the time: a disk that loses the end of a file keeps it as well. */
function tear(file: string): void {
  const { mtimeMs } = statSync(file);
  const text = readFileSync(file, 'utf8');
  chmodSync(file, 0o644);
  writeFileSync(file, text.slice(0, Math.min(30, text.length / 2)));
  utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
