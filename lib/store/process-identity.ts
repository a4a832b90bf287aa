/** Whether a process named by host, pid and start time still lives; a pid alone may be another's by now. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Opaque text that two processes with one pid do not share; empty where the system tells none. */
  readonly pidStart: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, pidStart: processStart(process.pid) ?? '' };
}

/** Start of a living process of this host, null when there is none. */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds its pid but will never do anything again.
    return fields[0] === 'Z' ? null : `${bootId()}:${fields[19]}`;
  } catch {
    return process.platform === 'linux' ? null : startFromPs(pid);
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
}

function startFromPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** True when the process is of this host and surely gone. */
export function isDeadHere(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return false;
  const start = processStart(identity.pid);
  return start === null || (identity.pidStart !== '' && start !== identity.pidStart);
}
