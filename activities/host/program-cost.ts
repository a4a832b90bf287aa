/** What a program cost, as far as the thread that ran it can know. */
import { readFileSync } from 'node:fs';
import type { ActionCost } from '../../lib/store/index.js';

/** CPU time of a thread by now in ms; null where the system does not tell. */
export type CpuClock = () => number | null;

/** The CPU time of this thread, by Node where it can (22.19 and 23.9 on), else by Linux. */
export function threadCpuMs(): number | null {
  const { threadCpuUsage } = process as NodeJS.Process & {
    threadCpuUsage?: () => { readonly user: number; readonly system: number };
  };
  if (threadCpuUsage === undefined) return schedulerCpuMs();
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / 1000;
}

/** Synchronous, so that it is this thread that asks for itself. */
function schedulerCpuMs(): number | null {
  try {
    const onCpuNs = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
    // Kernels without these statistics have no such file, or one of noughts.
    return onCpuNs > 0 ? onCpuNs / 1e6 : null;
  } catch {
    return null;
  }
}

const underWay = new Set<CostMeter>();

/** Measures one program in this thread, from its making until {@link CostMeter.end}. */
export class CostMeter {
  private readonly startedMs = performance.now();
  private readonly startedCpuMs: number | null;
  /** Two programs that take turns in one thread cannot tell whose its time was. */
  private isAlone = underWay.size === 0;

  /** `cpuMs`: null for a program that works in other threads or processes too. */
  constructor(private readonly cpuMs: CpuClock | null) {
    for (const other of underWay) other.isAlone = false;
    underWay.add(this);
    this.startedCpuMs = cpuMs === null ? null : cpuMs();
  }

  end(): ActionCost {
    underWay.delete(this);
    // Read inside the wall time, so that no more of it is told than there was.
    const cpuMs = this.cpuMs === null ? null : this.cpuMs();
    const wallMs = Math.round(performance.now() - this.startedMs);
    const isKnown = this.isAlone && cpuMs !== null && this.startedCpuMs !== null;
    // libuv gives kB on every system.
    const processPeakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
    return { wallMs, cpuMs: isKnown ? Math.round(cpuMs - this.startedCpuMs) : null, processPeakRssMb };
  }
}
