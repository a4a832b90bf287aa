/** The suite on a store without a disk: what passes here and on the local disk depends on neither. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeStore } from './conformance.js';
import { Objects } from './memory-objects.js';
import { MemoryStore } from './memory-store.js';
import type { StoreBench } from './store-bench.js';

function memoryBench(): StoreBench {
  const folder = mkdtempSync(path.join(tmpdir(), 'memory-store-'));
  const objects = new Objects();
  const replace = (name: string, change: (bytes: Buffer) => Buffer): void => {
    const stored = objects.all.get(name);
    if (stored === undefined) throw new Error(`no ${name} to damage`);
    objects.all.set(name, { ...stored, bytes: change(Buffer.from(stored.bytes)) });
  };
  const flip = (bytes: Buffer): Buffer => {
    bytes[0]! ^= 1;
    return bytes;
  };
  const tear = (name: string): void => replace(name, (bytes) => bytes.subarray(0, bytes.length / 2));
  return {
    store: new MemoryStore(objects, path.join(folder, 'scratch')),
    artifacts: path.join(folder, 'human'),
    corruptObject: (digest, how) => {
      if (how === 'delete') objects.all.delete(`blob/${digest}`);
      else replace(`blob/${digest}`, (bytes) => (how === 'flip' ? flip(bytes) : flip(bytes).subarray(1)));
    },
    editUnseen: (digest) => replace(`blob/${digest}`, flip),
    tearRecord: (stage, key) => tear(`record/${stage}/${key}`),
    tearTombstone: (stage, key) => tear(`evicted/${stage}/${key}`),
    tearRun: (runId) => tear(`run/${runId}`),
    tearLiveRun: (runId) => tear(`live/${runId}`),
    tearLease: (key) => tear(`lease/${key}`),
    loseRecord: (stage, key) => void objects.all.delete(`record/${stage}/${key}`),
    addForeign: () => {
      objects.put('blob/notes.txt', 'x');
      objects.put('record/features/README', 'x');
    },
    leaveBehind: () => objects.put('unfinished/upload', 'half'),
    refuseWrites: () => (objects.refuses = true),
    acceptWrites: () => (objects.refuses = false),
    listing: () => [...objects.all].map(([name, { bytes }]) => `${name} ${bytes.length}`).sort(),
    reopen: (now) => new MemoryStore(objects, path.join(folder, 'scratch'), now),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describeStore('a store in memory', () => memoryBench());
