/** Daily zips of recorded days, as the archive has them. */
import fs from 'node:fs';
import path from 'node:path';
import { readOnlyEntry } from '../../lib/market/zip.js';
import { csvOfLines, KlinesText } from '../../simulator/sources/klines-text.js';
import { makeZip } from '../../simulator/sources/zip-file.js';
import { freshDir, RECORDED } from './run-klines.js';

/** A folder with one zip of BTCUSDT for each of `days`, which lie in March 2023. */
export function dailyArchive(days: readonly string[]): string {
  const stem = 'BTCUSDT-1m-2023-03';
  const zip = fs.readFileSync(path.join(RECORDED, `futures/um/monthly/klines/BTCUSDT/1m/${stem}.zip`));
  const csv = readOnlyEntry(zip, { expectedName: `${stem}.csv`, maxBytes: 64 * 1024 * 1024 });
  const lines = new KlinesText(csv).lines();
  const folder = freshDir();
  for (const day of days) {
    const ofDay = lines.filter((line) => new Date(Number.parseInt(line)).toISOString().startsWith(day));
    const file = `BTCUSDT-1m-${day}`;
    const packed = makeZip({ [`${file}.csv`]: csvOfLines(ofDay) }, 6);
    fs.writeFileSync(path.join(folder, `${file}.zip`), packed);
  }
  return folder;
}
