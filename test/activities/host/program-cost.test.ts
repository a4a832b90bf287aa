import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CostMeter, threadCpuMs } from '../../../activities/host/program-cost.js';

/** A clock that tells these one after the other. */
const clockOf = (...times: (number | null)[]) => {
  const left = [...times];
  return (): number | null => left.shift() ?? null;
};

describe('the cost of a program', () => {
  it('is the CPU time of its thread from begin to end, in whole ms', () => {
    expect(new CostMeter(clockOf(100, 350.6)).end().cpuMs).toBe(251);
  });

  it('is not known where the system does not tell, or where it works elsewhere', () => {
    expect(new CostMeter(clockOf(null, null)).end().cpuMs).toBeNull();
    expect(new CostMeter(clockOf(1, null)).end().cpuMs).toBeNull();
    expect(new CostMeter(null).end().cpuMs).toBeNull();
  });

  it('is not known of two programs that were in one thread at once, and of the next one it is', () => {
    const first = new CostMeter(clockOf(0, 9));
    const second = new CostMeter(clockOf(1, 5));
    expect([second.end().cpuMs, first.end().cpuMs]).toEqual([null, null]);
    expect(new CostMeter(clockOf(10, 12)).end().cpuMs).toBe(2);
  });

  it('says the most memory that the process had', () => {
    const nowMb = process.memoryUsage.rss() / 2 ** 20;
    // The kernel counts pages for each processor and adds them up now and then.
    expect(new CostMeter(null).end().processPeakRssMb).toBeGreaterThan(nowMb * 0.9);
  });
});

describe('the CPU time of a thread', () => {
  it.runIf(process.platform === 'linux')('grows with its work, by no more than that of its process', () => {
    const [threadBefore, before] = [threadCpuMs()!, process.cpuUsage()];
    pbkdf2Sync('a', 'b', 200_000, 32, 'sha256');
    const thread = threadCpuMs()! - threadBefore;
    const { user, system } = process.cpuUsage(before);
    expect(thread).toBeGreaterThan(0);
    // The process counts in ticks of a scheduler, up to 10 ms each, in user and in system time.
    expect(thread).toBeLessThanOrEqual((user + system) / 1000 + 20);
  });
});
