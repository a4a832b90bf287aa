/** A run with everything it needs as one tar file, for moving results between machines. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Extract, type Pack } from 'tar-stream';
import { ConfigError, DataError, PipelineError, StoreIntegrityError } from '../errors.js';
import { decodeRecord, encodeRecord, type ActionRecord } from './action-record.js';
import type { BlobStamp } from './blobs.js';
import { canonicalJson } from './canonical-json.js';
import { codeOf } from './durable.js';
import { FORMAT } from './format.js';
import { actionKey, type Preimage } from './key.js';
import { isRunFile, type RunFile } from './runs.js';
import type { Storage } from './storage.js';

/** A file inside a tar that is being read. */
type Entry = Extract extends AsyncIterable<infer E> ? E : never;

const FORMAT_ENTRY = 'minute-alpha-export.json';
const BLOB_ENTRY = /^blobs\/([0-9a-f]{64})$/;
const RECORD_ENTRY = /^actions\/([A-Za-z]{1,40})\/([0-9a-f]{64})\.json$/;
const RUN_ENTRY = /^runs\/([A-Za-z0-9-]{1,100})\.json$/;
/** Larger than any record or run file that was ever seen; a blob is streamed and has no limit. */
const MOST_TEXT_BYTES = 256 << 20;

export interface ArchiveCounts {
  readonly runId: string;
  readonly records: number;
  readonly blobs: number;
  readonly bytes: number;
}

export interface ImportCounts extends ArchiveCounts {
  /** Records that were there already, with the same outputs. */
  readonly known: number;
  /** Keys under which this store holds other bytes: those stay. */
  readonly diverged: readonly string[];
}

/**
 * Writes the closure of a run into a new tar file: the run, its records, their preimages and outputs.
 * @throws StoreIntegrityError CLOSURE_BROKEN where a part is missing or damaged; nothing is left then
 */
export async function exportRun(store: Storage, run: RunFile, file: string): Promise<ArchiveCounts> {
  const records = await recordsOf(store, run);
  const digests = new Set(
    records.flatMap(({ preimage, outputs }) => [preimage, ...outputs.map((o) => o.digest)]),
  );
  digests.add(run.plan);
  if (run.outputsRef !== undefined) digests.add(run.outputsRef);
  const tar = pack();
  const written = pipeline(tar, createWriteStream(file, { flags: 'wx' }));
  try {
    await addText(tar, FORMAT_ENTRY, JSON.stringify(FORMAT));
    let bytes = 0;
    for (const digest of digests) bytes += await addBlob(tar, store, digest);
    for (const record of records)
      await addText(tar, `actions/${record.stage}/${record.key}.json`, encodeRecord(record));
    // Last, as in the store: a file that was cut off names no run.
    await addText(tar, `runs/${run.runId}.json`, JSON.stringify(run));
    tar.finalize();
    await written;
    return { runId: run.runId, records: records.length, blobs: digests.size, bytes };
  } catch (thrown) {
    tar.destroy();
    await written.catch(() => undefined);
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') await rm(file, { force: true });
    throw thrown;
  }
}

async function recordsOf(store: Storage, run: RunFile): Promise<ActionRecord[]> {
  const wanted = Object.values(run.nodes).filter(({ status }) => status === 'hit' || status === 'ran');
  const records: ActionRecord[] = [];
  for (const { stage, key } of wanted) {
    const record = await store.readRecord(stage, key ?? '');
    if (typeof record !== 'object') throw closureBroken(`the record ${stage} ${String(key)} is ${record}`);
    records.push(record);
  }
  return records;
}

function closureBroken(what: string): StoreIntegrityError {
  return new StoreIntegrityError('CLOSURE_BROKEN', {
    what: `The run cannot be exported: ${what}.`,
    fix: 'Run it again, which computes what is missing, or export another run (`npx minute-alpha runs`).',
  });
}

async function addText(tar: Pack, name: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // No clock of this machine in the file: the same run gives the same bytes.
    tar.entry({ name, mtime: new Date(0) }, text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Streams a blob into the tar and compares its digest on the way. */
async function addBlob(tar: Pack, store: Storage, digest: string): Promise<number> {
  const opened = await store.openBlob(digest);
  if (opened === null) throw closureBroken(`the bytes of ${digest} are missing`);
  const { size, bytes } = opened;
  const hash = createHash('sha256');
  const name = `blobs/${digest.slice('sha256:'.length)}`;
  const entry = tar.entry({ name, size, mtime: new Date(0) });
  await pipeline(async function* () {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  }, entry);
  if (`sha256:${hash.digest('hex')}` !== digest) throw closureBroken(`the bytes of ${digest} changed`);
  return size;
}

/**
 * Takes an exported run into a store. Every byte is verified before any record is published.
 * @throws DataError ARCHIVE_INVALID for anything that `exportRun` does not write
 */
export async function importRun(store: Storage, file: string): Promise<ImportCounts> {
  const importer = new Importer(store);
  const tar = extract();
  const reading = pipeline(createReadStream(file), tar).catch((error: unknown) => {
    tar.destroy(error as Error);
  });
  try {
    for await (const entry of tar) await importer.take(entry);
  } catch (thrown) {
    throw asInvalid(file, thrown);
  } finally {
    tar.destroy();
    await reading;
  }
  return importer.finish();
}

/** What prevents that a file is read, in words. */
const UNREADABLE: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `There is no file ${file}`,
  ENOTDIR: (file) => `There is no file ${file}`,
  EISDIR: (file) => `${file} is a folder`,
  EACCES: (file) => `${file} may not be read`,
  EPERM: (file) => `${file} may not be read`,
};

function asInvalid(file: string, thrown: unknown): unknown {
  if (thrown instanceof PipelineError) return thrown;
  const code = codeOf(thrown);
  if (code === undefined)
    return invalid(`${file} is no tar file that can be read: ${(thrown as Error).message}`);
  const inWords = UNREADABLE[code];
  if (inWords === undefined) return thrown;
  return new ConfigError('ARCHIVE_MISSING', {
    what: `${inWords(file)}.`,
    fix: 'Name the file that `npx minute-alpha export` wrote.',
    cause: thrown,
  });
}

function invalid(what: string): DataError {
  return new DataError('ARCHIVE_INVALID', {
    what: `The archive is refused: ${what}.`,
    fix: 'Export it again with `npx minute-alpha export`; nothing of it counts in this store.',
  });
}

class Importer {
  private readonly stamps = new Map<string, BlobStamp>();
  private readonly records: ActionRecord[] = [];
  private run: RunFile | null = null;
  private isOurs = false;
  private bytes = 0;

  constructor(private readonly store: Storage) {}

  async take(entry: Entry): Promise<void> {
    const { name, type } = entry.header;
    if (type !== 'file') throw invalid(`"${name}" is a ${String(type)} and not a file`);
    if (name === FORMAT_ENTRY) this.checkFormat(await readText(entry));
    else if (!this.isOurs) throw invalid(`it begins with "${name}" and not with ${FORMAT_ENTRY}`);
    else await this.takeKnown(name, entry);
  }

  private async takeKnown(name: string, entry: Entry): Promise<void> {
    const blob = BLOB_ENTRY.exec(name);
    const record = RECORD_ENTRY.exec(name);
    if (blob !== null) return this.takeBlob(`sha256:${blob[1]!}`, entry);
    if (record !== null) return this.takeRecord(record[1]!, record[2]!, await readText(entry));
    if (RUN_ENTRY.test(name)) return this.takeRun(name, await readText(entry));
    throw invalid(`"${name}" is no entry of an export`);
  }

  private checkFormat(text: string): void {
    if (text !== JSON.stringify(FORMAT)) throw invalid(`its format is ${text.slice(0, 100)}`);
    this.isOurs = true;
  }

  private async takeBlob(digest: string, entry: Entry): Promise<void> {
    const stamp = await this.store.putStream(entry as AsyncIterable<Buffer>);
    if (stamp.digest !== digest) throw invalid(`the bytes of ${digest} are those of ${stamp.digest}`);
    this.stamps.set(digest, stamp);
    this.bytes += stamp.size;
  }

  private takeRecord(stage: string, key: string, text: string): void {
    const record = decodeRecord(text, stage, key);
    if (record === null) throw invalid(`the record ${stage} ${key} is torn or changed`);
    this.records.push(record);
  }

  private takeRun(name: string, text: string): void {
    const run = parseJson(text);
    if (this.run !== null) throw invalid('it has two runs');
    if (!isRunFile(run) || `runs/${run.runId}.json` !== name) throw invalid(`"${name}" is no run`);
    this.run = run;
  }

  async finish(): Promise<ImportCounts> {
    const { run } = this;
    if (run === null) throw invalid('it ends before its run');
    for (const record of this.records) await this.check(record);
    this.checkClosure(run);
    const isNew = await this.isNew(run);
    let known = 0;
    const diverged: string[] = [];
    for (const record of this.records) {
      const outputs = record.outputs.map((output) => ({ ...output, ...this.stamps.get(output.digest)! }));
      const { outcome } = await this.store.publishRecord({ ...record, outputs });
      known += Number(outcome === 'already-there');
      if (outcome === 'diverged') diverged.push(`${record.stage} ${record.key}`);
    }
    if (isNew) await this.store.writeRun(run);
    const { records, stamps, bytes } = this;
    return { runId: run.runId, records: records.length, blobs: stamps.size, bytes, known, diverged };
  }

  /** All bytes came along, and the key is the key of the preimage. */
  private async check(record: ActionRecord): Promise<void> {
    for (const digest of [record.preimage, ...record.outputs.map((output) => output.digest)]) {
      if (!this.stamps.has(digest))
        throw invalid(`the record ${record.key} names ${digest}, which is not in it`);
    }
    const preimage = parseJson(
      (await this.store.readBlob(record.preimage)).toString('utf8'),
    ) as Preimage | null;
    if (preimage === null || actionKey(preimage) !== record.key || preimage.stage !== record.stage)
      throw invalid(`the preimage of ${record.stage} ${record.key} has another key`);
  }

  /** Everything that the run names came along. */
  private checkClosure({ nodes, plan, outputsRef }: RunFile): void {
    for (const digest of outputsRef === undefined ? [plan] : [plan, outputsRef])
      if (!this.stamps.has(digest)) throw invalid(`the run names ${digest}, which is not in it`);
    const known = new Set(this.records.map(({ stage, key }) => `${stage} ${key}`));
    for (const [id, { stage, key, status }] of Object.entries(nodes)) {
      if ((status === 'hit' || status === 'ran') && !known.has(`${stage} ${String(key)}`))
        throw invalid(`the run names the record ${stage} ${String(key)} of ${id}, which is not in it`);
    }
  }

  /** False for a run that is here already. @throws ConfigError RUN_EXISTS where the one here is another */
  private async isNew(run: RunFile): Promise<boolean> {
    for await (const known of this.store.newestRuns()) {
      if (known.runId !== run.runId) continue;
      if (canonicalJson(known) === canonicalJson(run)) return false;
      throw new ConfigError('RUN_EXISTS', {
        what: `This store has another run ${run.runId}; the one in the archive would replace it.`,
        fix: 'Import into another store (MINUTE_ALPHA_STORE); nothing of the archive counts in this one.',
      });
    }
    return true;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readText(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_TEXT_BYTES) throw invalid(`"${entry.header.name}" is larger than any export`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
