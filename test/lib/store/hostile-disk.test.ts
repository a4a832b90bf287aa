/** Disks that refuse: read-only, full, another device. Needs the right to mount; skipped, and said so, without. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reviveError, serializeError } from '../../../lib/errors.js';
import { actionKey, verifyStore } from '../../../lib/store/index.js';
import { Store } from '../../../lib/store/store.js';
import { emptyRun, preimageOf, publish } from './store-bench.js';

const folder = mkdtempSync(path.join(tmpdir(), 'hostile-'));
const disk = path.join(folder, 'disk');
mkdirSync(disk);

function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
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
