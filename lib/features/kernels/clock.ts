import { DAY_MS, MINUTE_MS } from '../../bars/index.js';
import type { Kernel } from '../kernel.js';

/** 1970-01-01, day 0 of UTC, was a Thursday: the fourth day of a week that starts on Monday. */
const FIRST_WEEKDAY = 3;

/** Minutes from UTC midnight to the bar's open, 0..1439. Defined at every bar. */
export const minuteOfDayKernel: Kernel = ({ openTimeMs }, segment, [output]) => {
  for (let t = segment.start; t < segment.end; t++) {
    const day = Math.floor(openTimeMs[t]! / DAY_MS);
    output![t] = Math.floor((openTimeMs[t]! - day * DAY_MS) / MINUTE_MS);
  }
};

/** UTC day of the week of the bar's open, 0 Monday .. 6 Sunday. Defined at every bar. */
export const dayOfWeekKernel: Kernel = ({ openTimeMs }, segment, [output]) => {
  for (let t = segment.start; t < segment.end; t++) {
    const day = Math.floor(openTimeMs[t]! / DAY_MS) + FIRST_WEEKDAY;
    output![t] = day - 7 * Math.floor(day / 7);
  }
};
