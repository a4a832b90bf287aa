/** Daily zips out of a recorded monthly one, as the archive has both; for the bench and the tests. */
import { unzipSync, zipSync } from 'fflate';

/**
 * The zip of each day of a month by its file name.
 * @param {Uint8Array} monthly zip, times in ms
 * @param {string} stem its name without extension, `BTCUSDT-1m-2023-03`
 * @param {readonly string[]} days `2023-03-24`, of that month
 */
export function dailyZips(monthly, stem, days) {
  const csv = Buffer.from(unzipSync(monthly)[`${stem}.csv`]).toString('latin1');
  const lines = csv.split('\n').filter((line) => /^\d/.test(line));
  return new Map(
    days.map((day) => {
      const ofDay = lines.filter((line) => new Date(Number.parseInt(line)).toISOString().startsWith(day));
      const file = stem.slice(0, -'2023-03'.length) + day;
      return [`${file}.zip`, zipSync({ [`${file}.csv`]: Buffer.from(`${ofDay.join('\n')}\n`, 'latin1') })];
    }),
  );
}
