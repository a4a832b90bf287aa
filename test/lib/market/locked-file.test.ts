/** A look at a file that seldom changes: never at what it held before. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LockedFile } from '../../../lib/market/locked-file.js';
import { freshDir } from '../../simulator/run-klines.js';

const LONG_AGO_S = 1_600_000_000;
let file = '';

beforeEach(() => (file = path.join(freshDir(), 'origin.json')));
afterEach(() => vi.restoreAllMocks());

function open(): LockedFile<{ count: number }> {
  return new LockedFile(file, { initial: () => ({ count: 0 }), mustLast: () => false });
}

it('reads a file that is as it was no second time', () => {
  fs.writeFileSync(file, '{"count":1}');
  fs.utimesSync(file, LONG_AGO_S, LONG_AGO_S);
  const read = vi.spyOn(fs, 'readFileSync');
  const looking = open();
  for (let look = 0; look < 3; look++) expect(looking.peek()).toEqual({ count: 1 });
  expect(read).toHaveBeenCalledTimes(1);
});

it('sees what others write, and that the file is gone', async () => {
  const looking = open();
  expect(looking.peek()).toEqual({ count: 0 });
  for (let count = 1; count < 4; count++) {
    await open().update(() => ({ next: { count }, result: null }));
    if (count > 1) fs.utimesSync(file, LONG_AGO_S, LONG_AGO_S + count);
    expect(looking.peek()).toEqual({ count });
  }
  fs.rmSync(file);
  expect(looking.peek()).toEqual({ count: 0 });
});

it('trusts no file that was changed a moment ago: its time and size may stay the same', () => {
  const looking = open();
  const nowS = Date.now() / 1000;
  for (const count of [1, 2, 3]) {
    fs.writeFileSync(file, JSON.stringify({ count }));
    fs.utimesSync(file, nowS, nowS);
    expect(looking.peek()).toEqual({ count });
  }
});
