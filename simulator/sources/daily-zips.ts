/** Daily zips out of a recorded monthly one, as the archive has both. Pure. */
import { readOnlyEntry } from '../../lib/market/zip.js';
import { csvOfLines, KlinesText } from './klines-text.js';
import { makeZip } from './zip-file.js';

const MOST_CSV_BYTES = 512 * 1024 * 1024;
const LEVEL = 6;

/**
 * The zip of each day of a month by its file name.
 * @param stem name of the monthly zip without extension, `BTCUSDT-1m-2023-03`
 * @param days `2023-03-24`, of that month
 */
export function dailyZips(monthly: Buffer, stem: string, days: readonly string[]): Map<string, Buffer> {
  const csv = readOnlyEntry(monthly, { expectedName: `${stem}.csv`, maxBytes: MOST_CSV_BYTES });
  const text = new KlinesText(csv);
  const lines = text.lines();
  return new Map(
    days.map((day) => {
      const ofDay = lines.filter((_, row) => new Date(text.openTimeMs[row]!).toISOString().startsWith(day));
      const file = stem.slice(0, -'2023-03'.length) + day;
      return [`${file}.zip`, makeZip({ [`${file}.csv`]: csvOfLines(ofDay) }, LEVEL)];
    }),
  );
}
