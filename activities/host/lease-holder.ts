import { currentRun } from './current-run.js';
import { thisProcess, type LeaseHolder } from '../../lib/store/index.js';

/** Who holds a lease: this attempt of this activity in this process. */
export function currentHolder(): LeaseHolder {
  return {
    ...currentRun(),
    ...thisProcess(),
  };
}
