import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportRun, importRun, type RunFile } from '../../../lib/store/index.js';
import { filesBelow, localBench, type LocalBench } from './local-bench.js';
import { runOf, stateOf } from './store-bench.js';

let here: LocalBench;
let there: LocalBench;
let run: RunFile;
let tar: string;

beforeEach(async () => {
  [here, there] = [localBench(), localBench()];
  run = await runOf(here.store, 'one', ['a', 'b']);
  await runOf(here.store, 'two', ['c']);
  tar = path.join(here.store.root, '..', 'run.tar');
});
afterEach(() => {
  here.close();
  there.close();
});

type TarEntry = { header: Partial<Header> & { name: string }; body: Buffer };

async function entriesOf(file: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const reader = extract();
  reader.end(readFileSync(file));
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.push({ header: entry.header, body: Buffer.concat(chunks) });
  }
  return entries;
}

async function writeTar(entries: readonly TarEntry[]): Promise<string> {
  const file = `${tar}.changed`;
  const writer = pack();
  const written = pipeline(writer, createWriteStream(file));
  for (const { header, body } of entries) {
    const { name, type, linkname } = header;
    const link = linkname ? { linkname } : {};
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      if (type !== undefined && type !== 'file') writer.entry({ name, type, ...link }, done);
      else writer.entry({ name }, body, done);
    });
  }
  writer.finalize();
  await written;
  return file;
}

const isHit = async ({ store }: LocalBench, name: string): Promise<boolean> =>
  (await stateOf(store, name)) === 'hit';

describe('a tar that exportRun did not write', () => {
  beforeEach(() => exportRun(here.store, run, tar));

  const digestHex = (text: string): string => createHash('sha256').update(text).digest('hex');
  const file = (name: string, text = ''): TarEntry => ({ header: { name }, body: Buffer.from(text) });
  const afterFirst =
    (...added: TarEntry[]) =>
    ([first, ...rest]: TarEntry[]): TarEntry[] => [first!, ...added, ...rest];
  const edited =
    (pattern: RegExp, edit: (text: string) => string) =>
    (entries: TarEntry[]): TarEntry[] =>
      entries.map(({ header, body }) =>
        pattern.test(header.name)
          ? { header: { name: header.name }, body: Buffer.from(edit(body.toString())) }
          : { header, body },
      );

  it.each<[string, (entries: TarEntry[]) => TarEntry[], RegExp]>([
    ['a path upwards', afterFirst(file('../../evil', 'x')), /"\.\.\/\.\.\/evil" is no entry/],
    ['an absolute path', afterFirst(file('/etc/evil', 'x')), /is no entry of an export/],
    ['a path upwards inside a known folder', afterFirst(file('blobs/../../evil')), /is no entry/],
    ['a run named upwards', afterFirst(file('runs/../x.json', '{}')), /is no entry/],
    [
      'a symbolic link',
      afterFirst({ header: { name: 'blobs/x', type: 'symlink', linkname: '/etc' }, body: Buffer.alloc(0) }),
      /is a symlink/,
    ],
    [
      'a hard link',
      afterFirst({
        header: { name: 'blobs/x', type: 'link', linkname: '/etc/passwd' },
        body: Buffer.alloc(0),
      }),
      /is a link/,
    ],
    [
      'a folder',
      afterFirst({ header: { name: 'blobs/', type: 'directory' }, body: Buffer.alloc(0) }),
      /is a directory/,
    ],
    [
      'bytes under another digest',
      afterFirst(file(`blobs/${digestHex('x')}`, 'y')),
      /the bytes of sha256:.* are those of/,
    ],
    [
      'a changed record',
      edited(/^actions/, (text) => text.replace('"wallMs":5', '"wallMs":6')),
      /torn or changed/,
    ],
    ['a missing blob', (entries) => entries.filter((_, index) => index !== 1), /which is not in it/],
    ['no run at its end', (entries) => entries.slice(0, -1), /ends before its run/],
    ['a run of another name', edited(/^runs/, () => '{"runId":"x","nodes":{}}'), /is no run/],
    [
      'a run that names a record which is not in it',
      (entries) =>
        entries.filter(
          ({ header }, index) =>
            !(header.name.startsWith('actions') && entries[index - 1]!.header.name.startsWith('actions')),
        ),
      /the run names the record features [0-9a-f]{64} of features\/., which is not in it/,
    ],
    [
      'a run whose nodes are null',
      edited(/^runs/, (text) => text.replace(/"nodes":\{.*\}\}\}/, '"nodes":null')),
      /is no run/,
    ],
    [
      'a run with a node that is null',
      edited(/^runs/, (text) => text.replace('"nodes":{', '"nodes":{"a":null,')),
      /is no run/,
    ],
    [
      'a run whose plan is no digest',
      edited(/^runs/, (text) => text.replace(/"plan":"[^"]*"/, '"plan":"x"')),
      /the run names x, which is not in it/,
    ],
    ['a run that is no JSON', edited(/^runs/, (text) => text.slice(1)), /is no run/],
    ['two runs', (entries) => [...entries, entries.at(-1)!], /it has two runs/],
    [
      'a record without outputs',
      edited(/^actions/, (text) => {
        const { outputs: _, ...record } = JSON.parse(text.split('\n')[0]!) as Record<string, unknown>;
        const line = JSON.stringify(record);
        return `${line}\n${digestHex(line)}\n`;
      }),
      /is torn or changed/,
    ],
    ['another format', edited(/export\.json$/, () => '{"layout":9}'), /its format is/],
    ['no format first', (entries) => entries.slice(1), /it begins with "blobs/],
  ])('is refused: %s', async (_, change, says) => {
    const before = filesBelow(path.join(there.store.root, '..')).filter(
      (name) => !/blobs\/sha256/.test(name),
    );
    await expect(importRun(there.store, await writeTar(change(await entriesOf(tar))))).rejects.toThrow(says);
    const after = filesBelow(path.join(there.store.root, '..')).filter((name) => !/blobs\/sha256/.test(name));
    expect(after).toEqual(before);
    expect(await isHit(there, 'a')).toBe(false);
  });

  it('is refused where another run here has its id, and that one stays', async () => {
    const other = await runOf(there.store, 'one', ['z']);
    await expect(importRun(there.store, tar)).rejects.toMatchObject({ code: 'RUN_EXISTS' });
    const runs: RunFile[] = [];
    for await (const each of there.store.newestRuns()) runs.push(each);
    expect(runs).toEqual([other]);
    expect(await isHit(there, 'a')).toBe(false);
  });

  it('is refused: a path below a file', async () => {
    await expect(importRun(there.store, path.join(tar, 'x'))).rejects.toMatchObject({
      code: 'ARCHIVE_MISSING',
    });
  });

  it('is refused: a folder', async () => {
    await expect(importRun(there.store, path.dirname(tar))).rejects.toMatchObject({
      code: 'ARCHIVE_MISSING',
    });
  });

  it('is refused: cut off, empty, garbage, not there', async () => {
    const bytes = readFileSync(tar);
    writeFileSync(tar, bytes.subarray(0, bytes.length / 2));
    await expect(importRun(there.store, tar)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    writeFileSync(tar, '');
    await expect(importRun(there.store, tar)).rejects.toThrow(/ends before its run/);
    writeFileSync(tar, Buffer.alloc(4096, 7));
    await expect(importRun(there.store, tar)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await expect(importRun(there.store, `${tar}.nope`)).rejects.toMatchObject({ code: 'ARCHIVE_MISSING' });
  });
});
