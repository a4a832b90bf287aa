#!/usr/bin/env node
/**
 * Makes the demo's sample of real bars: Binance's daily zips of two symbols and two months joined to
 * monthly zips in the layout of its archive, with CHECKSUM files. The same input gives the same bytes.
 *
 * usage: node scripts/record-sample.mjs [FOLDER OF DAILY ZIPS] [OUTPUT FOLDER]
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { unzipSync, zipSync } from 'fflate';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const MONTHS = ['2023-03', '2023-04'];
const INTERVAL = '1m';
/** DOS times have no zone: written as it stands, whatever the machine's zone. */
const FIXED_TIME = new Date(2023, 4, 1);

const root = path.dirname(path.dirname(new URL(import.meta.url).pathname));
const [from = path.join(root, '../shared/data/archive'), to = path.join(root, 'simulator/recorded')] =
  process.argv.slice(2);

/** The daily zips of a symbol and month, found at any depth, ascending. */
function dailyZips(symbol, month) {
  const prefix = `${symbol}-${INTERVAL}-${month}-`;
  const names = fs.readdirSync(from, { recursive: true }).filter((name) => name.endsWith('.zip'));
  return names.filter((name) => path.basename(name).startsWith(prefix)).sort();
}

/** The CSV of a daily zip, checked against its CHECKSUM file. */
function readDay(name) {
  const zip = fs.readFileSync(path.join(from, name));
  const [published] = fs.readFileSync(path.join(from, `${name}.CHECKSUM`), 'utf8').split(' ');
  const actual = createHash('sha256').update(zip).digest('hex');
  if (published !== actual) throw new Error(`${name} has sha256 ${actual}, its CHECKSUM says ${published}`);
  const [csv] = Object.values(unzipSync(zip));
  return Buffer.from(csv);
}

function writeMonth(symbol, month) {
  const days = dailyZips(symbol, month);
  const [year, number] = month.split('-').map(Number);
  const expected = new Date(Date.UTC(year, number, 0)).getUTCDate();
  if (days.length !== expected) {
    throw new Error(`${from} holds ${days.length} daily zips of ${symbol} ${month}, not ${expected}`);
  }
  const stem = `${symbol}-${INTERVAL}-${month}`;
  const csv = Buffer.concat(days.map(readDay));
  const zip = zipSync({ [`${stem}.csv`]: [csv, { level: 9, mtime: FIXED_TIME }] });
  const folder = path.join(to, 'futures/um/monthly/klines', symbol, INTERVAL);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${stem}.zip`), zip);
  const hash = createHash('sha256').update(zip).digest('hex');
  fs.writeFileSync(path.join(folder, `${stem}.zip.CHECKSUM`), `${hash}  ${stem}.zip\n`);
  console.error(`${stem}.zip: ${days.length} days, ${zip.length} bytes`);
}

for (const symbol of SYMBOLS) for (const month of MONTHS) writeMonth(symbol, month);
