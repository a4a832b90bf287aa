/** One attempt at an action: a folder to write in, then publishing, record last. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvariantError } from '../errors.js';
import type { ActionCost, ActionRecord, Provenance, RecordedOutput } from './action-record.js';
import type { Blobs, BlobStamp, TakenBlob } from './blobs.js';
import { canonicalJson } from './canonical-json.js';
import { actionKey, type Preimage } from './key.js';
import type { PublishedRecord, Records } from './records.js';
import type { TableSummary } from './table-summary.js';
import { writingStore } from './unwritable.js';

/** A file that the stage wrote into the attempt's folder. */
export interface StagedOutput {
  readonly name: string;
  readonly file: string;
  readonly table?: TableSummary;
}

export interface Publication {
  readonly preimage: Preimage;
  readonly outputs: readonly StagedOutput[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly cost: ActionCost;
  readonly by: Provenance;
}

/** Called before each step of publishing; tests end the process there. */
export type StepHook = (step: 'blob' | 'preimage' | 'record' | 'clean') => void;

export interface AttemptParts {
  /** Folder of the store, for its errors. */
  readonly root: string;
  readonly dir: string;
  readonly stage: string;
  readonly key: string;
  readonly blobs: Blobs;
  readonly records: Records;
  readonly onStep: StepHook;
}

export class Attempt {
  /** The empty folder in which the stage writes. */
  readonly dir: string;

  constructor(private readonly parts: AttemptParts) {
    this.dir = parts.dir;
  }

  /** Runs work that writes into the folder. @throws SetupError STORE_UNWRITABLE where the device refuses */
  writing<T>(work: () => Promise<T>): Promise<T> {
    return writingStore(this.parts.root, work);
  }

  /**
   * Checks the outputs, publishes their bytes, then the record; the folder is gone afterwards.
   * @throws InvariantError OUTPUTS_WRONG when files and declaration differ, KEY_WRONG when the preimage has another key;
   * SetupError STORE_UNWRITABLE
   */
  async publish(publication: Publication): Promise<PublishedRecord> {
    await checkPublication(this.parts, publication);
    return writingStore(this.parts.root, () => this.publishChecked(publication));
  }

  private async publishChecked(publication: Publication): Promise<PublishedRecord> {
    const { stage, key, blobs, records, onStep } = this.parts;
    const [preimage, ...taken] = await Promise.all([
      this.takePreimage(publication.preimage),
      ...publication.outputs.map(({ file }) =>
        blobs.takeFile(path.join(this.dir, file), () => onStep('blob')),
      ),
    ]);
    const outputs = publication.outputs.map((output, index) => recordedOutput(output, taken[index]!.stamp));
    const { facts, cost, by } = publication;
    const { digest } = preimage.stamp;
    const record: ActionRecord = { v: 1, stage, key, preimage: digest, outputs, facts, cost, by };
    onStep('record');
    const allNamed = Promise.all([preimage, ...taken].map(({ named }) => named));
    allNamed.catch(() => undefined);
    const published = await records.publish(record, allNamed);
    onStep('clean');
    await this.abandon();
    return published;
  }

  /** By way of the attempt's own folder, so that nothing is left elsewhere when the process dies. */
  private async takePreimage(preimage: Preimage): Promise<TakenBlob> {
    const file = path.join(this.dir, '.preimage');
    await writeFile(file, canonicalJson(preimage));
    return this.parts.blobs.takeFile(file, () => this.parts.onStep('preimage'));
  }

  /** Removes the folder; nothing of the attempt is kept. @throws SetupError STORE_UNWRITABLE */
  async abandon(): Promise<void> {
    await this.writing(() => rm(this.dir, { recursive: true, force: true }));
  }
}

/**
 * Compares what is to be published with what was begun and with what lies in the folder.
 * @throws InvariantError KEY_WRONG, OUTPUTS_WRONG
 */
export async function checkPublication(
  { dir, stage, key }: Pick<AttemptParts, 'dir' | 'stage' | 'key'>,
  { preimage, outputs }: Publication,
): Promise<void> {
  if (actionKey(preimage) !== key) {
    throw new InvariantError('KEY_WRONG', {
      what: `The preimage to publish has the key ${actionKey(preimage)}, not ${key}.`,
      fix: 'This is a bug of minute-alpha: please report it.',
    });
  }
  const declared = outputs.map(({ file }) => file).sort();
  const found = (await readdir(dir)).sort();
  if (declared.length > 0 && JSON.stringify(declared) === JSON.stringify(found)) return;
  throw new InvariantError('OUTPUTS_WRONG', {
    what: `${stage} declared the files ${declared.join(', ')} and left ${found.join(', ')}.`,
    fix: 'This is a bug of minute-alpha: please report it.',
  });
}

/** What a record says of a staged file whose bytes are stored. */
export function recordedOutput({ name, table }: StagedOutput, stamp: BlobStamp): RecordedOutput {
  return { name, ...stamp, ...tableParts(table) };
}

function tableParts(
  table: TableSummary | undefined,
): Pick<RecordedOutput, 'rows' | 'tMin' | 'tMax' | 'days'> {
  if (table === undefined) return { rows: null, tMin: null, tMax: null, days: null };
  return { rows: table.rows, tMin: table.tMinMs, tMax: table.tMaxMs, days: table.days };
}
