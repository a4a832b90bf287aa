/** Conformance: results under their keys, and their bytes. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreIntegrityError } from '../../../lib/errors.js';
import {
  allOf,
  keyOf,
  preimageOf,
  provenance,
  publish,
  stateOf,
  type MakeBench,
  type StoreBench,
} from './store-bench.js';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Long enough for a store whose times have whole seconds. */
const CLOCK = { timeout: 20_000, interval: 20 };

/** What every store must do with results. */
export function describeResults(make: MakeBench): void {
  describe('results and their bytes', () => {
    let bench: StoreBench;
    beforeEach(async () => {
      bench = await make();
    });
    afterEach(() => bench.close());

    it('finds nothing before and the record after publishing', async () => {
      expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({
        state: 'miss',
        reason: 'NEVER_BUILT',
      });
      const { outcome } = await publish(bench.store, 'a', { 'rows.txt': 'one', 'summary.txt': 'two' });
      expect(outcome).toBe('published');
      const found = await (await bench.reopen()).lookup('features', keyOf('a'));
      expect(found).toMatchObject({ state: 'hit', record: { facts: { n: 1 }, by: provenance } });
      if (found.state !== 'hit') throw new Error('no hit');
      expect(found.record.outputs.map(({ name: output }) => output)).toEqual(['rows', 'summary']);
      expect((await bench.store.readBlob(found.record.outputs[1]!.digest)).toString()).toBe('two');
      expect(await bench.store.readPreimage(found.record)).toEqual(preimageOf('a'));
    });

    it.each(['flip', 'delete'] as const)('writes a preimage again after a %s', async (how) => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await bench.corruptObject(record.preimage, how);
      expect(await bench.store.past('features', keyOf('a'))).toMatchObject({ preimage: null });
      await bench.store.keepPreimage(preimageOf('a'));
      expect(await (await bench.reopen()).readPreimage(record)).toEqual(preimageOf('a'));
    });

    it('hands out local files, and sets bytes aside that are wrong', async () => {
      const digest = await bench.store.putBytes(Buffer.from('some bytes'));
      expect(readFileSync(await bench.store.localFile(digest), 'utf8')).toBe('some bytes');
      await bench.corruptObject(digest, 'flip');
      await bench.store.quarantine(digest, 'flipped');
      await expect(bench.store.readBlob(digest)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
      expect(await bench.store.putBytes(Buffer.from('some bytes'))).toBe(digest);
      expect((await bench.store.readBlob(digest)).toString()).toBe('some bytes');
    });

    it('keeps nothing of an attempt that was abandoned', async () => {
      const attempt = await bench.store.begin('features', keyOf('a'));
      writeFileSync(path.join(attempt.dir, 'rows.txt'), 'half');
      await attempt.abandon();
      expect(() => readFileSync(path.join(attempt.dir, 'rows.txt'))).toThrow(/ENOENT/);
      expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({ reason: 'NEVER_BUILT' });
    });

    it('keeps the first of two equal results', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      expect((await publish(bench.store, 'a', { 'rows.txt': 'one' })).outcome).toBe('already-there');
    });

    it('keeps the first of two different results and tells of the divergence', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      const second = await publish(bench.store, 'a', { 'rows.txt': 'other' });
      expect(second.outcome).toBe('diverged');
      expect((await bench.store.readBlob(second.record.outputs[0]!.digest)).toString()).toBe('one');
    });

    it('publishes one record when many publish at once', async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, async () => bench.reopen()));
      const ends = await Promise.all(stores.map((store) => publish(store, 'a', { 'rows.txt': 'one' })));
      expect(ends.filter(({ outcome }) => outcome === 'published')).toHaveLength(1);
      expect(ends.filter(({ outcome }) => outcome === 'already-there')).toHaveLength(7);
    });

    it.each(['flip', 'truncate', 'delete'] as const)(
      'notices bytes that someone did %s, and mends them by publishing again',
      async (how) => {
        const { record } = await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
        const { digest } = record.outputs[0]!;
        await bench.corruptObject(digest, how);
        const found = await bench.store.lookup('features', keyOf('a'));
        expect(found).toMatchObject({
          state: 'miss',
          reason: how === 'delete' ? 'OBJECT_MISSING' : 'OBJECT_CORRUPT',
        });
        await expect(bench.store.readBlob(digest)).rejects.toThrow(StoreIntegrityError);
        await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
        expect(await bench.store.lookup('features', keyOf('a'))).toMatchObject({ state: 'hit' });
        expect((await bench.store.readBlob(digest)).toString()).toBe('some rows');
      },
    );

    it('refuses outputs that are not what was declared', async () => {
      const attempt = await bench.store.begin('features', keyOf('a'));
      writeFileSync(path.join(attempt.dir, 'surprise.txt'), 'x');
      const publication = {
        preimage: preimageOf('a'),
        facts: {},
        cost: { wallMs: 0 },
        by: provenance,
      };
      await expect(
        attempt.publish({ ...publication, outputs: [{ name: 'rows', file: 'rows.txt' }] }),
      ).rejects.toThrow(/declared the files rows.txt and left surprise.txt/);
      await expect(
        attempt.publish({
          ...publication,
          preimage: preimageOf('b'),
          outputs: [{ name: 's', file: 'surprise.txt' }],
        }),
      ).rejects.toMatchObject({ code: 'KEY_WRONG' });
    });

    it('answers many look-ups in their order, hits and misses mixed', async () => {
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await publish(bench.store, 'c', { 'rows.txt': 'three' });
      const wanted = ['a', 'b', 'c'].map((label) => ({ stage: 'features', key: keyOf(label) }));
      const answers = await (await bench.reopen()).lookupMany(wanted);
      expect(answers.map(({ state }) => state)).toEqual(['hit', 'miss', 'hit']);
      expect(await bench.store.lookupMany([])).toEqual([]);
    });

    it('knows what a key stood for although its bytes are gone', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
      await bench.corruptObject(record.outputs[0]!.digest, 'delete');
      expect(await bench.store.past('features', keyOf('a'))).toEqual({
        state: 'built',
        preimage: preimageOf('a'),
        wallMs: 5,
      });
      expect(await bench.store.past('features', keyOf('never'))).toBeNull();
    });

    it('makes trees and files under human paths, without remains of older ones', async () => {
      const one = await bench.store.putBytes(Buffer.from('one'));
      const two = await bench.store.putBytes(Buffer.from('two'));
      const target = path.join(bench.artifacts, 'tree');
      await bench.store.linkTree(
        [
          { relativePath: 'a.txt', digest: one },
          { relativePath: 'b.txt', digest: two },
        ],
        target,
      );
      await bench.store.linkTree([{ relativePath: 'b.txt', digest: one }], target);
      expect(readFileSync(path.join(target, 'b.txt'), 'utf8')).toBe('one');
      expect(() => readFileSync(path.join(target, 'a.txt'))).toThrow();
      const file = `${target}.csv`;
      await bench.store.linkFile(one, file);
      await bench.store.linkFile(one, file);
      await bench.store.linkFile(two, file);
      expect(readFileSync(file, 'utf8')).toBe('two');
    });

    it("says that a human path is the user's to mend where nothing can be made there", async () => {
      const digest = await bench.store.putBytes(Buffer.from('one'));
      const file = path.join(bench.artifacts, 'file');
      await bench.store.linkFile(digest, file);
      const refusal = { name: 'ConfigError', code: 'PATH_UNWRITABLE' };
      const below = path.join(file, 'below/it');
      await expect(bench.store.linkFile(digest, below)).rejects.toMatchObject(refusal);
      const files = [{ relativePath: 'a.txt', digest }];
      await expect(bench.store.linkTree(files, below)).rejects.toMatchObject(refusal);
      expect(readFileSync(file, 'utf8')).toBe('one');
    });

    it('has no local file and no artifact of bytes that it does not have, and keeps the artifact before', async () => {
      const digest = await bench.store.putBytes(Buffer.from('one'));
      const absent = digestOf(Buffer.from('never put'));
      const missing = { code: 'BLOB_MISSING', details: { digest: absent } };
      const [file, tree] = [path.join(bench.artifacts, 'file'), path.join(bench.artifacts, 'tree')];
      await bench.store.linkFile(digest, file);
      await bench.store.linkTree([{ relativePath: 'a.txt', digest }], tree);
      await expect(bench.store.localFile(absent)).rejects.toMatchObject(missing);
      await expect(bench.store.linkFile(absent, file)).rejects.toMatchObject(missing);
      const files = [{ relativePath: 'a.txt', digest: absent }];
      await expect(bench.store.linkTree(files, tree)).rejects.toMatchObject(missing);
      const kept = [file, path.join(tree, 'a.txt')].map((each) => readFileSync(each, 'utf8'));
      expect(kept).toEqual(['one', 'one']);
    });

    it.each(['torn', 'lost'] as const)(
      'takes a record that is %s for a miss and makes it anew',
      async (how) => {
        await publish(bench.store, 'a', { 'rows.txt': 'one' });
        await (how === 'torn' ? bench.tearRecord : bench.loseRecord)('features', keyOf('a'));
        const says = how === 'torn' ? 'RECORD_CORRUPT' : 'NEVER_BUILT';
        expect(await stateOf(bench.store, 'a')).toBe(says);
        expect(await bench.store.readRecord('features', keyOf('a'))).toBe(
          how === 'torn' ? 'corrupt' : 'absent',
        );
        expect(await bench.store.past('features', keyOf('a'))).toBeNull();
        expect((await publish(bench.store, 'a', { 'rows.txt': 'one' })).outcome).toBe('published');
        expect(await stateOf(await bench.reopen(), 'a')).toBe('hit');
      },
    );

    it('reads a record as it stands, also where its bytes are gone', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await bench.corruptObject(record.outputs[0]!.digest, 'delete');
      expect(await (await bench.reopen()).readRecord('features', keyOf('a'))).toEqual(record);
    });

    it('keeps all that a record says of its cost', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'one' });
      const cost = { wallMs: 7, cpuMs: null, processPeakRssMb: 90 };
      await bench.loseRecord('features', keyOf('a'));
      await bench.store.publishRecord({ ...record, cost });
      expect(await (await bench.reopen()).readRecord('features', keyOf('a'))).toMatchObject({ cost });
    });

    it('publishes a record of another store whose bytes were put before', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await bench.loseRecord('features', keyOf('a'));
      expect(await bench.store.publishRecord(record)).toEqual({ record, outcome: 'published' });
      expect(await bench.store.publishRecord(record)).toEqual({ record, outcome: 'already-there' });
      expect(await stateOf(bench.store, 'a')).toBe('hit');
    });

    it('takes and gives bytes as streams, and hashes them where they lie', async () => {
      const halves = [Buffer.from('first half, '), Buffer.from('second half')];
      const stamp = await bench.store.putStream(Readable.from(halves));
      const whole = Buffer.concat(halves);
      expect(stamp).toMatchObject({ digest: digestOf(whole), size: whole.length });
      const opened = await (await bench.reopen()).openBlob(stamp.digest);
      expect(opened!.size).toBe(whole.length);
      expect(Buffer.concat(await allOf(opened!.bytes))).toEqual(whole);
      expect(await bench.store.hashBlob(stamp.digest)).toBe(stamp.digest);
      await bench.corruptObject(stamp.digest, 'truncate');
      expect(await bench.store.hashBlob(stamp.digest)).toBe(digestOf(whole.subarray(1)));
      await bench.corruptObject(stamp.digest, 'delete');
      expect(await bench.store.hashBlob(stamp.digest)).toBeNull();
      expect(await bench.store.openBlob(stamp.digest)).toBeNull();
    });

    it('keeps nothing of a stream that breaks off', async () => {
      const before = await bench.listing();
      const broken = async function* (): AsyncGenerator<Buffer> {
        yield await Promise.resolve(Buffer.from('half'));
        throw new Error('the other side hung up');
      };
      await expect(bench.store.putStream(Readable.from(broken()))).rejects.toThrow('hung up');
      expect(await bench.listing()).toEqual(before);
    });

    it('lists every blob and record, those that are damaged and those of others among them', async () => {
      const { record } = await publish(bench.store, 'a', { 'rows.txt': 'some rows' });
      await publish(bench.store, 'b', { 'rows.txt': 'other rows' });
      await bench.tearRecord('features', keyOf('b'));
      await bench.addForeign();
      const blobs = await allOf((await bench.reopen()).allBlobs());
      const own = blobs.filter((blob) => !('foreign' in blob));
      expect(own).toContainEqual(
        expect.objectContaining({ digest: record.outputs[0]!.digest, size: 9, isArtifact: false }),
      );
      expect([own.length, blobs.length]).toEqual([4, 5]);
      const records = await allOf((await bench.reopen()).allRecords());
      const [first, second] = records
        .flatMap((each) => ('foreign' in each ? [] : [each]))
        .sort((left) => (left.key === keyOf('a') ? -1 : 1));
      expect(first).toMatchObject({ stage: 'features', key: keyOf('a'), record });
      expect(second).toMatchObject({ stage: 'features', key: keyOf('b'), record: null });
      expect(records).toHaveLength(3);
      const places = [...blobs, ...records].map((each) => ('foreign' in each ? each.foreign : each.place));
      expect(new Set(places).size).toBe(8);
    });

    it('says when bytes and records were last put, so that what is in use again is not old', async () => {
      const touchedMs = async (): Promise<number[]> => {
        const listed = [...(await allOf(bench.store.allBlobs())), ...(await allOf(bench.store.allRecords()))];
        return listed.map((each) => ('foreign' in each ? Number.NaN : each.touchedMs));
      };
      const digest = await bench.store.putBytes(Buffer.from('used again'));
      const [before] = await touchedMs();
      await vi.waitFor(async () => {
        expect(await bench.store.putBytes(Buffer.from('used again'))).toBe(digest);
        expect((await touchedMs())[0]).toBeGreaterThan(before!);
      }, CLOCK);
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      expect(Math.min(...(await touchedMs()))).toBeGreaterThan(before!);
    }, 30_000);

    it('tells what was set aside: bytes, torn records, results that contradict stored ones', async () => {
      expect(await allOf(bench.store.allSetAside())).toEqual([]);
      const digest = await bench.store.putBytes(Buffer.from('some bytes'));
      await bench.store.quarantine(digest, 'for a test');
      await bench.store.quarantine(digest, 'it is gone already');
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await bench.tearRecord('features', keyOf('a'));
      await publish(bench.store, 'a', { 'rows.txt': 'one' });
      await publish(bench.store, 'a', { 'rows.txt': 'other' });
      const aside = await allOf((await bench.reopen()).allSetAside());
      expect(aside.map(({ divergedKey }) => divergedKey).sort()).toEqual([keyOf('a'), null, null]);
      expect(new Set(aside.map(({ place }) => place)).size).toBe(3);
    });
  });
}
