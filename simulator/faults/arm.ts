/** Faults asked for: which one, and for which of the requests it applies to. */
import { createHash } from 'node:crypto';
import type { FaultDefinition } from './definition.js';
import { FAULTS, type FaultName } from './registry.js';

export interface FaultRequest {
  readonly name: FaultName;
  /** The Nth matching request only, counted from 1. */
  readonly nth: number | null;
  /** Share of the matching requests, in percent. */
  readonly percent: number | null;
}

/** `NAME`, `NAME@N` or `NAME%P`; in words what is wrong with any other text. */
export function parseFault(text: string): FaultRequest | string {
  const match = /^([a-z0-9-]+)(?:@(\d+)|%(\d+(?:\.\d+)?))?$/.exec(text);
  const name = match?.[1];
  if (match === null || name === undefined || !Object.hasOwn(FAULTS, name)) {
    return `"${text}" is no fault: write NAME, NAME@N or NAME%P with one of ${Object.keys(FAULTS).join(' ')}`;
  }
  const nth = match[2] === undefined ? null : Number(match[2]);
  const percent = match[3] === undefined ? null : Number(match[3]);
  if (nth === 0) return `"${text}" counts from 1: write ${name}@1 for the first`;
  if (percent !== null && (percent <= 0 || percent > 100))
    return `"${text}" must be above 0 and at most 100 percent`;
  return { name: name as FaultName, nth, percent };
}

/** One fault, ready: counts what it applies to and decides, the same way in every run. */
export class ArmedFault {
  readonly definition: FaultDefinition;
  served = 0;
  private matched = 0;
  private readonly decided = new Map<string, boolean>();

  constructor(
    readonly request: FaultRequest,
    private readonly seed: number,
  ) {
    this.definition = FAULTS[request.name];
  }

  /** Decides for the next matching request. */
  fires(): boolean {
    this.matched++;
    const fires = this.decide(this.matched, String(this.matched));
    if (fires) this.served++;
    return fires;
  }

  /** Decides once for a file: a zip and its CHECKSUM belong together, so N counts files here. */
  firesFor(key: string): boolean {
    const known = this.decided.get(key);
    if (known !== undefined) return known;
    const fires = this.decide(this.decided.size + 1, key);
    this.decided.set(key, fires);
    if (fires) this.served++;
    return fires;
  }

  private decide(count: number, what: string): boolean {
    const { name, nth, percent } = this.request;
    if (nth !== null) return count === nth;
    if (percent === null) return true;
    const hash = createHash('sha256').update(`${this.seed} ${name} ${what}`).digest();
    return hash.readUInt32LE(0) / 2 ** 32 < percent / 100;
  }
}
