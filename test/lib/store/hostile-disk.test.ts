/** Disks that refuse: read-only, full, another device. Needs the right to mount; skipped, and said so, without. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reviveError, serializeError } from '../../../lib/errors.js';
import {
  actionKey,
  collectStore,
  thisProcess,
  verifyStore,
  type CollectReport,
  type LeaseAnswer,
} from '../../../lib/store/index.js';
import { Store } from '../../../lib/store/store.js';
import { emptyRun, holder, preimageOf, publish, runOf, stateOf } from './store-bench.js';

const folder = mkdtempSync(path.join(tmpdir(), 'hostile-'));
const disk = path.join(folder, 'disk');
mkdirSync(disk);

function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

/** Leaves no byte of the device free. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}

const canMount = process.platform === 'linux' && mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk);

afterAll(() => {
  if (canMount) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!canMount)('a disk of one megabyte (skipped where mounting is not allowed)', () => {
  let store: Store;
  beforeAll(async () => {
    store = Store.open(path.join(disk, 'cache'));
    await publish(store, 'a', { 'rows.txt': 'one' });
  });

  it('that is full gives a typed error, keeps what it has and goes on when there is space again', async () => {
    const big = 'x'.repeat(2 << 20);
    const attempt = publish(store, 'big', { 'rows.txt': 'small' });
    await attempt;
    await expect(store.putBytes(Buffer.from(big))).rejects.toMatchObject({
      name: 'SetupError',
      code: 'STORE_UNWRITABLE',
      message: expect.stringMatching(/no space left on device.*Free space on that device/) as string,
    });
    expect((await verifyStore(store)).problems).toBe(0);
    expect((await store.lookup('features', actionKey(preimageOf('a')))).state).toBe('hit');
    expect((await publish(store, 'next', { 'rows.txt': 'fits' })).outcome).toBe('published');
  });

  it('that fills up under a program names itself, also when the error came from a thread', async () => {
    const attempt = await store.begin('features', actionKey(preimageOf('grows')));
    const refusal = { code: 'STORE_UNWRITABLE', message: expect.stringContaining(disk) as string };
    const write = attempt.writing(() => writeFile(path.join(attempt.dir, 'rows.txt'), 'x'.repeat(2 << 20)));
    await expect(write).rejects.toMatchObject(refusal);
    const fromThread = reviveError(serializeError(await write.catch((error: Error) => error.cause)));
    await expect(attempt.writing(() => Promise.reject(fromThread))).rejects.toMatchObject(refusal);
    await attempt.abandon();
  });

  it('that another device holds the artifacts of gets copies', async () => {
    const digest = await store.putBytes(Buffer.from('artifact'));
    const target = path.join(folder, 'artifacts/x.txt');
    await store.linkFile(digest, target);
    expect(readFileSync(target, 'utf8')).toBe('artifact');
    expect(statSync(target).dev).not.toBe(statSync(await store.localFile(digest)).dev);
    await store.linkTree([{ relativePath: 'y.txt', digest }], path.join(folder, 'artifacts/tree'));
    expect(readFileSync(path.join(folder, 'artifacts/tree/y.txt'), 'utf8')).toBe('artifact');
  });

  describe('that is full', () => {
    const filler = path.join(disk, 'filler');
    let full: Store;
    beforeEach(async () => {
      full = Store.open(path.join(disk, 'full'));
      await runOf(full, 'old', ['a', 'shared']);
      await runOf(full, 'new', ['b', 'shared']);
      fill(filler);
      await expect(full.putBytes(Buffer.from('more'))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
    });
    afterEach(() => {
      rmSync(filler);
      rmSync(full.root, { recursive: true });
    });

    const collect = (isLive = () => Promise.resolve(true)): Promise<CollectReport> => {
      const nowMs = Date.now() + 60 * 86_400_000;
      return collectStore(Store.openExisting(full.root), {
        ...{ keepRuns: 1, olderThanMs: 0, dryRun: false, nowMs, isLive },
      });
    };

    it('is collected, and what went is known to have been there', async () => {
      expect(await collect()).toMatchObject({
        records: { removed: 1 },
        blobs: { removed: 3 },
        wasFull: true,
      });
      expect(await stateOf(full, 'a')).toBe('EVICTED');
      const key = actionKey(preimageOf('a'));
      expect(await full.past('features', key)).toMatchObject({ preimage: preimageOf('a') });
      expect([await stateOf(full, 'b'), await stateOf(full, 'shared')]).toEqual(['hit', 'hit']);
      expect((await verifyStore(full)).problems).toBe(0);
      expect(readdirSync(path.join(full.root, 'leases'))).toEqual([]);
    });

    it('is collected by one at a time, also where one had space for its lease', async () => {
      const take = (runId: string, evenWhenFull: boolean): Promise<LeaseAnswer> =>
        full.acquireLease('gc', holder({ runId }), { evenWhenFull });
      await expect(take('one', false)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
      const first = await take('one', true);
      if (first.state !== 'acquired') throw new Error('not acquired');
      expect(await first.lease.renew()).toBe(true);
      expect(await take('two', true)).toMatchObject({ state: 'held', by: { pid: process.pid } });
      await expect(collect()).rejects.toMatchObject({ code: 'COLLECTING_ALREADY' });
      rmSync(filler);
      expect((await take('with space', true)).state).toBe('held');
      await first.lease.release();
      expect(await first.lease.renew()).toBe(false);
      const second = await take('with space', true);
      fill(filler);
      expect((await take('two', true)).state).toBe('held');
      if (second.state === 'acquired') await second.lease.release();
      expect((await take('two', true)).state).toBe('acquired');
    });

    it('gives the turn of a dead or silent collector to the next', async () => {
      const name = (pidStart: string, host: string, renewedMs: number): string => {
        const owner = Buffer.from(JSON.stringify([host, process.pid, pidStart])).toString('base64url');
        return `gc.spaceless~${owner}~0123456789ab~${renewedMs}`;
      };
      const { host } = thisProcess();
      for (const left of [
        name('another boot', host, Date.now()),
        name('x', 'elsewhere', Date.now() - 31_000),
      ])
        linkSync(path.join(full.root, 'FORMAT'), path.join(full.root, 'leases', left));
      expect(await collect()).toMatchObject({ records: { removed: 1 } });
      linkSync(
        path.join(full.root, 'FORMAT'),
        path.join(full.root, 'leases', name('x', 'elsewhere', Date.now())),
      );
      await expect(collect()).rejects.toMatchObject({ code: 'COLLECTING_ALREADY' });
    });
  });

  it('that is mounted read-only is read, and refuses writing with a typed error', async () => {
    mount('-o', 'remount,ro', disk);
    try {
      const reopened = Store.open(path.join(disk, 'cache'));
      expect((await reopened.lookup('features', actionKey(preimageOf('a')))).state).toBe('hit');
      expect((await verifyStore(reopened)).problems).toBe(0);
      const refusal = {
        code: 'STORE_UNWRITABLE',
        message: expect.stringMatching(/Mount it writable/) as string,
      };
      await expect(reopened.begin('features', actionKey(preimageOf('b')))).rejects.toMatchObject(refusal);
      await expect(reopened.putBytes(Buffer.from('x'))).rejects.toMatchObject(refusal);
      await expect(reopened.writeRun({ ...emptyRun, runId: 'r' })).rejects.toMatchObject(refusal);
    } finally {
      mount('-o', 'remount,rw', disk);
    }
  });
});
