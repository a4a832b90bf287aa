/** Action records: what came out under a key. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import { isDigest, type BlobStamp } from './blobs.js';
import type { DayDigest } from './table-summary.js';

/** One stored file of an action. */
export interface RecordedOutput extends BlobStamp {
  readonly name: string;
  readonly rows: number | null;
  /** UTC ms of the first and last row; null where the output is no table with times. */
  readonly tMin: number | null;
  readonly tMax: number | null;
  readonly days: readonly DayDigest[] | null;
}

export interface ActionCost {
  /** Of the computation itself, waiting for a free thread not counted. */
  readonly wallMs: number;
  /**
   * Of the thread that ran it, threads of Node's own left out; null where that is not what it cost, or not known:
   * two programs in one thread, work in threads of LightGBM or in a browser. Absent in older records.
   */
  readonly cpuMs?: number | null;
  /** Most memory that the worker process ever had when this ended, whatever else it did. Absent in older records. */
  readonly processPeakRssMb?: number;
}

/** Which attempt of which run made it. */
export interface Provenance {
  readonly workflowId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly host: string;
  readonly startedAt: string;
}

export interface ActionRecord {
  readonly v: 1;
  readonly stage: string;
  readonly key: string;
  /** Digest of the blob that holds the key's preimage. */
  readonly preimage: string;
  readonly outputs: readonly RecordedOutput[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly cost: ActionCost;
  readonly by: Provenance;
}

/** The bytes of a record: one line of JSON, then its checksum. */
export function encodeRecord(record: ActionRecord): string {
  const text = JSON.stringify(record);
  return `${text}\n${checksum(text)}\n`;
}

/** The record in these bytes, or null where they are torn, changed or of another kind. */
export function decodeRecord(text: string, stage: string, key: string): ActionRecord | null {
  const [line, sum, end, ...rest] = text.split('\n');
  if (line === undefined || end !== '' || rest.length > 0 || sum !== checksum(line)) return null;
  const record = parseJson(line);
  return isRecord(record) && record.key === key && record.stage === stage ? record : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A checksum says that the bytes are as written, not that this program wrote them. */
function isRecord(value: unknown): value is ActionRecord {
  const record = value as Partial<ActionRecord> | null;
  if (typeof record !== 'object' || record?.v !== 1 || !Array.isArray(record.outputs)) return false;
  const objects = [record.facts, record.cost, record.by];
  return (
    isDigest(record.preimage) &&
    record.outputs.length > 0 &&
    record.outputs.every(isOutput) &&
    objects.every((part) => typeof part === 'object' && part !== null) &&
    typeof record.cost?.wallMs === 'number'
  );
}

function isOutput(value: unknown): value is RecordedOutput {
  const output = value as Partial<RecordedOutput> | null;
  if (typeof output !== 'object' || output === null) return false;
  const { name, digest, size, mtimeMs, days } = output;
  const hasStamp = isDigest(digest) && typeof size === 'number' && typeof mtimeMs === 'number';
  return hasStamp && typeof name === 'string' && (days === null || Array.isArray(days));
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** True when two records tell of the same bytes under the same names. */
export function sameOutputs(left: ActionRecord, right: ActionRecord): boolean {
  const names = ({ outputs }: ActionRecord): string =>
    canonicalJson(outputs.map(({ name, digest }) => [name, digest]));
  return names(left) === names(right);
}
