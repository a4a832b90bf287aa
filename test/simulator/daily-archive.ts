/** Daily zips of recorded days, as the archive has them. */
import fs from 'node:fs';
import path from 'node:path';
import { dailyZips } from '../../bench/market-faults/daily-zips.mjs';
import { freshDir, RECORDED } from './run-klines.js';

/** A folder with one zip of BTCUSDT for each of `days`, which lie in March 2023. */
export function dailyArchive(days: readonly string[]): string {
  const stem = 'BTCUSDT-1m-2023-03';
  const zip = fs.readFileSync(path.join(RECORDED, `futures/um/monthly/klines/BTCUSDT/1m/${stem}.zip`));
  const folder = freshDir();
  for (const [name, daily] of dailyZips(zip, stem, days)) fs.writeFileSync(path.join(folder, name), daily);
  return folder;
}
