/** What reaches the device before what: the order of flushes and names, and no record without its bytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { actionKey } from '../../../lib/store/index.js';
import { Store } from '../../../lib/store/store.js';
import { Blobs } from '../../../lib/store/blobs.js';
import { replaceFile } from '../../../lib/store/durable.js';
import { Records } from '../../../lib/store/records.js';
import { preimageOf, publish } from './store-bench.js';

const { events, folders } = vi.hoisted(() => ({
  events: [] as { did: 'sync' | 'name'; file: string }[],
  /** What the device waits for before it keeps names of bytes. */
  folders: { ready: Promise.resolve() },
}));
const FOLDER_OF_BLOBS = /\/blobs\/sha256\/[0-9a-f]{2}$/;

vi.mock('node:fs/promises', async (original) => {
  const files = await original<typeof Files>();
  const naming =
    (work: (from: string, to: string) => Promise<void>) =>
    async (from: string, to: string): Promise<void> => {
      events.push({ did: 'name', file: to });
      await work(from, to);
    };
  const open = async (...args: Parameters<typeof files.open>): Promise<Files.FileHandle> => {
    const handle = await files.open(...args);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      if (FOLDER_OF_BLOBS.test(String(args[0]))) await folders.ready;
      await sync();
      events.push({ did: 'sync', file: String(args[0]) });
    };
    return handle;
  };
  return { ...files, open, link: naming(files.link as never), rename: naming(files.rename as never) };
});

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'durability-'));
  store = Store.open(path.join(folder, 'cache'));
  events.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const indexOf = (did: 'sync' | 'name', pattern: RegExp): number =>
  events.findIndex((event) => event.did === did && pattern.test(event.file));

it('a file is flushed before it takes a name, and the folder after that', async () => {
  await replaceFile(path.join(folder, 'a.json'), 'x');
  expect(events.map(({ did, file }) => [did, path.basename(file).replace(/\.[0-9a-f]{16}$/, '')])).toEqual([
    ['sync', '.a.json'],
    ['name', 'a.json'],
    ['sync', path.basename(folder)],
  ]);
});

it('bytes, preimage and record are flushed, then named; the record is named when the others are kept', async () => {
  await publish(store, 'a', { 'rows.txt': 'one' });
  const record = indexOf('name', /\/actions\//);
  const written = [/\/rows\.txt$/, /\/\.preimage$/, /\/tmp\/record-/].map((file) => indexOf('sync', file));
  const blobs = events.flatMap(({ did, file }, index) =>
    did === 'name' && /\/blobs\//.test(file) ? [index] : [],
  );
  const flushed = events.flatMap(({ did, file }, index) =>
    did === 'sync' && FOLDER_OF_BLOBS.test(file) ? [index] : [],
  );
  expect(written.every((index) => index >= 0 && index < record)).toBe(true);
  expect(blobs).toHaveLength(2);
  expect(flushed).toHaveLength(2);
  expect(Math.max(...blobs, ...flushed)).toBeLessThan(record);
  expect(Math.min(...blobs)).toBeGreaterThan(Math.min(written[0]!, written[1]!));
  expect(indexOf('sync', /\/actions\/features\/[0-9a-f]{2}$/)).toBeGreaterThan(record);
});

it('a record waits for the names of its bytes, however long the device takes', async () => {
  let keep = (): void => undefined;
  folders.ready = new Promise((resolve) => (keep = resolve));
  let isNamed = false;
  const onStep = (step: string): void => void (isNamed ||= step === 'clean');
  const published = publish(Store.open(store.root, { onStep }), 'a', { 'rows.txt': 'one' });
  await vi.waitFor(() => expect(indexOf('sync', /\/tmp\/record-/)).toBeGreaterThan(0), 20_000);
  // Longer than the link that would be next, on the same device.
  for (let times = 0; times < 10; times += 1) await replaceFile(path.join(folder, 'other.json'), 'x');
  expect([isNamed, indexOf('name', /\/actions\//)]).toEqual([false, -1]);
  keep();
  await published;
  expect([isNamed, indexOf('name', /\/actions\//) > 0]).toEqual([true, true]);
});

it('a record whose bytes the device did not take is never named', async () => {
  const { record } = await publish(store, 'a', { 'rows.txt': 'one' });
  const key = actionKey(preimageOf('b'));
  const bytes = Promise.reject(new Error('no space'));
  bytes.catch(() => undefined);
  const records = new Records(store.root, new Blobs(store.root));
  const refused = records.publish({ ...record, key }, bytes);
  await expect(refused).rejects.toThrow('no space');
  expect(await store.lookup('features', key)).toMatchObject({ state: 'miss', reason: 'NEVER_BUILT' });
});
