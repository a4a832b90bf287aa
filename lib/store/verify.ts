/** Checks everything a store holds against what it says of itself: named steps with counts. Writes nothing. */
import type { StoredBlob } from './blobs.js';
import { actionKey } from './key.js';
import type { StoredRecord } from './records.js';
import type { RunFile } from './runs.js';
import type { Storage } from './storage.js';

export interface VerifyProblem {
  /** What is wrong, with its place. */
  readonly what: string;
  /** What mends it. */
  readonly fix: string;
}

export interface VerifyStep {
  readonly step: string;
  readonly checked: number;
  readonly bytes: number;
  readonly problems: readonly VerifyProblem[];
  /** Worth knowing and no problem. */
  readonly notes: readonly string[];
}

export interface VerifyReport {
  readonly steps: readonly VerifyStep[];
  readonly problems: number;
}

const REWRITTEN = 'The next run that finds that result writes it again; `explain` cannot compare until then.';
const REBUILT = 'The next run that needs it computes it again.';
/** A hit looks at size and time of a file, and these may be as they were. */
const REMOVED = 'Remove that file: the next run that needs it computes it again.';

/** Verifies a store; `onStep` hears of each step as it ends. */
export async function verifyStore(
  store: Storage,
  onStep?: (step: VerifyStep) => void,
): Promise<VerifyReport> {
  const verifier = new Verifier(store);
  const steps: VerifyStep[] = [];
  for (const work of verifier.steps()) {
    const step = await work();
    steps.push(step);
    onStep?.(step);
  }
  return { steps, problems: steps.reduce((sum, { problems }) => sum + problems.length, 0) };
}

/** Collects what one step finds. */
class Finding {
  checked = 0;
  bytes = 0;
  readonly problems: VerifyProblem[] = [];
  readonly notes: string[] = [];

  constructor(readonly step: string) {}

  problem(what: string, fix = REBUILT): void {
    this.problems.push({ what, fix });
  }

  end(): VerifyStep {
    const { step, checked, bytes, problems, notes } = this;
    return { step, checked, bytes, problems, notes };
  }
}

class Verifier {
  private readonly blobs = new Map<string, StoredBlob>();
  private readonly records: StoredRecord[] = [];
  private readonly runs: RunFile[] = [];
  /** `stage key` of the records that cannot be read. */
  private readonly torn = new Set<string>();
  private readonly used = new Set<string>();
  private readonly foreign: string[] = [];

  constructor(private readonly store: Storage) {}

  /** In this order: later steps use what earlier ones found. */
  steps(): (() => Promise<VerifyStep>)[] {
    return [
      () => this.verifyBlobs(),
      () => this.verifyRecords(),
      () => this.verifyOutputs(),
      () => this.verifyRuns(),
      () => this.findOrphans(),
      () => this.findQuarantine(),
    ];
  }

  private async verifyBlobs(): Promise<VerifyStep> {
    const found = new Finding('blobs against their names');
    for await (const blob of this.store.allBlobs()) {
      if ('foreign' in blob) {
        this.foreign.push(blob.foreign);
        continue;
      }
      found.checked += 1;
      found.bytes += blob.size;
      this.blobs.set(blob.digest, blob);
      const digest = await this.store.hashBlob(blob.digest);
      // Collected or set aside while this looked: whatever still names it is told by a later step.
      if (digest === null) this.blobs.delete(blob.digest);
      else if (digest !== blob.digest)
        found.problem(`${blob.place} holds ${digest} instead of its name.`, REMOVED);
    }
    return found.end();
  }

  private async verifyRecords(): Promise<VerifyStep> {
    const found = new Finding('records against their checksums and keys');
    for await (const stored of this.store.allRecords()) {
      if ('foreign' in stored) {
        this.foreign.push(stored.foreign);
        continue;
      }
      found.checked += 1;
      const { record, place } = stored;
      if (record === null) {
        found.problem(`${place} is torn or changed.`);
        this.torn.add(`${stored.stage} ${stored.key}`);
        continue;
      }
      this.records.push(stored);
      this.used.add(record.preimage);
      const past = await this.store.past(record.stage, record.key);
      if (!past?.preimage)
        found.problem(`${place}: the preimage ${record.preimage} is missing or changed.`, REWRITTEN);
      else if (actionKey(past.preimage) !== record.key || past.preimage.stage !== record.stage)
        found.problem(`${place}: its preimage has the key ${actionKey(past.preimage)}.`);
    }
    return found.end();
  }

  private verifyOutputs(): Promise<VerifyStep> {
    const found = new Finding('outputs of records against blobs');
    for (const { record, place } of this.records) {
      for (const { name, digest, size } of record?.outputs ?? []) {
        found.checked += 1;
        this.used.add(digest);
        const blob = this.blobs.get(digest);
        if (blob === undefined) found.problem(`${place}: the output ${name} (${digest}) is missing.`);
        else if (blob.size !== size)
          found.problem(`${place}: the output ${name} has ${blob.size} bytes instead of ${size}.`);
      }
    }
    return Promise.resolve(found.end());
  }

  private async verifyRuns(): Promise<VerifyStep> {
    const found = new Finding('runs against records');
    const known = new Set([...this.records.map(({ stage, key }) => `${stage} ${key}`), ...this.torn]);
    for await (const { place, run } of this.store.allRuns()) {
      found.checked += 1;
      if (run === null) {
        found.problem(
          `${place} does not parse.`,
          'Remove the file; the results it named are kept until then.',
        );
        continue;
      }
      this.runs.push(run);
      let collected = 0;
      for (const [id, { stage, key, status }] of Object.entries(run.nodes)) {
        if (key === null || (status !== 'hit' && status !== 'ran') || known.has(`${stage} ${key}`)) continue;
        const past = await this.store.past(stage, key);
        if (past?.state === 'evicted') collected += 1;
        else if (past === null) found.problem(`${place}: the record of ${id} (${stage} ${key}) is lost.`);
      }
      if (collected > 0) found.notes.push(`${place}: ${collected} of its results were collected.`);
    }
    for (const { runId, plan, outputsRef } of this.runs) {
      for (const digest of outputsRef === undefined ? [plan] : [plan, outputsRef])
        if (!this.blobs.has(digest))
          found.problem(
            `${runId}: its stored ${digest === plan ? 'plan' : 'list of outputs'} ${digest} is missing.`,
            'Its results are not affected, but it cannot be exported: run it again and export that run.',
          );
    }
    return found.end();
  }

  /** Bytes that nothing names: no problem, `gc` takes them after a day. */
  private findOrphans(): Promise<VerifyStep> {
    const found = new Finding('blobs that no record names');
    for (const { plan, outputsRef } of this.runs) {
      this.used.add(plan);
      if (outputsRef !== undefined) this.used.add(outputsRef);
    }
    const orphans = [...this.blobs.values()].filter(({ digest }) => !this.used.has(digest));
    found.checked = orphans.length;
    found.bytes = orphans.reduce((sum, { size }) => sum + size, 0);
    for (const place of this.foreign) found.notes.push(`${place} is no file of the store; it is left alone.`);
    return Promise.resolve(found.end());
  }

  /** What was set aside, and results that contradict stored ones. */
  private async findQuarantine(): Promise<VerifyStep> {
    const found = new Finding('results set aside');
    for await (const { place, divergedKey } of this.store.allSetAside()) {
      found.checked += 1;
      if (divergedKey === null) continue;
      found.problem(
        `${place}: the key ${divergedKey} gave other bytes a second time, so that stage is not reproducible.`,
        'Compare the digests in that file with the stored record; remove the file when you know why.',
      );
    }
    if (found.checked > 0) found.notes.push(`they lie in ${this.store.place}, under quarantine`);
    return found.end();
  }
}
