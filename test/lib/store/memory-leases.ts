/** Leases among objects. */
import type { DeadLease, LeaseAnswer, LeaseHolder } from '../../../lib/store/index.js';
import { isDeadHere } from '../../../lib/store/process-identity.js';
import { parse, type Objects } from './memory-objects.js';

interface HeldLease {
  readonly token: number;
  readonly holder: LeaseHolder;
  readonly renewedMs: number;
}

const STALE_MS = 30_000;

export class MemoryLeases {
  constructor(
    private readonly objects: Objects,
    private readonly now: () => number,
  ) {}

  async acquire(key: string, by: LeaseHolder): Promise<LeaseAnswer> {
    const name = `lease/${key}`;
    const read = (): HeldLease | null => parse<HeldLease>(this.objects.text(name));
    const held = read();
    if (held !== null && !this.mayBeStolen(held, by)) return { state: 'held', by: held.holder };
    const token = this.objects.next();
    const write = (): void => {
      this.objects.put(name, JSON.stringify({ token, holder: by, renewedMs: this.now() }));
    };
    const isOurs = (): boolean => read()?.token === token;
    write();
    const renew = async (): Promise<boolean> => {
      if (isOurs()) write();
      return isOurs();
    };
    const release = async (): Promise<void> => {
      if (isOurs()) this.objects.remove(name);
    };
    return { state: 'acquired', lease: { renew, release } };
  }

  private mayBeStolen({ holder, renewedMs }: HeldLease, by: LeaseHolder): boolean {
    const sameActivity = holder.runId === by.runId && holder.activityId === by.activityId;
    if (sameActivity && holder.attempt < by.attempt) return true;
    return isDeadHere(holder) || Math.abs(this.now() - renewedMs) > STALE_MS;
  }

  dead(): DeadLease[] {
    return this.objects.list('lease/').flatMap(([name, { bytes }]) => {
      const { holder } = JSON.parse(bytes.toString('utf8')) as HeldLease;
      return isDeadHere(holder) ? [{ key: name.slice('lease/'.length), holder }] : [];
    });
  }

  drop({ key }: DeadLease): void {
    if (this.dead().some((lease) => lease.key === key)) this.objects.remove(`lease/${key}`);
  }
}
