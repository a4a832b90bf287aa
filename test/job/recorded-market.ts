/** Zips as the exchange publishes them, made from recorded ones with other bars. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { checksumText, makeZip } from '../../simulator/sources/zip-file.js';

/** Writes `to`, with its checksum, from the lines of the one CSV in `from`. */
export function rewriteZip(
  from: string,
  to: string,
  change: (lines: readonly string[]) => readonly string[],
): void {
  const [bytes] = Object.values(unzipSync(readFileSync(from)));
  const lines = change(Buffer.from(bytes!).toString().trimEnd().split('\n'));
  const name = path.basename(to);
  const zip = makeZip({ [name.replace('.zip', '.csv')]: Buffer.from(`${lines.join('\n')}\n`) }, 1);
  writeFileSync(to, zip);
  writeFileSync(`${to}.CHECKSUM`, checksumText(zip, name));
}

/** Open of a line's bar, UTC ms; NaN of a header. */
export const openMsOf = (line: string): number => Number(line.split(',', 1)[0]);
