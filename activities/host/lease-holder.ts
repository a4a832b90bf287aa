import { hostname } from 'node:os';
import { currentRun } from './current-run.js';
import { processStartTime, type LeaseHolder } from '../../lib/store/index.js';

/** Who holds a lease: this attempt of this activity in this process. */
export function currentHolder(): LeaseHolder {
  return {
    ...currentRun(),
    host: hostname(),
    pid: process.pid,
    pidStart: processStartTime(process.pid) ?? '',
  };
}
