import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../commands/config-file.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
  file = path.join(folder, 'config.json');
  writeFileSync(file, '{"lightgbm":{"rounds":5},"end_date":"2023-05-01"}');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('--set', () => {
  it('changes the values of a config file, text and JSON, the whole first and its parts then', () => {
    const set = ['lightgbm={"rounds":9}', 'lightgbm.seed=7', 'end_date=2023-06-01', 'folds.embargo=1h'];
    expect(readConfig(file, set)).toEqual({
      lightgbm: { rounds: 9, seed: 7 },
      end_date: '2023-06-01',
      folds: { embargo: '1h' },
    });
  });

  it.each([
    [
      ['lightgbm.rounds=9', 'lightgbm.rounds=10'],
      /--set gives lightgbm\.rounds more than once: .*=9" and .*=10"/,
    ],
    [['lightgbm.rounds=9', 'x=1', 'lightgbm.rounds=9'], /--set gives lightgbm\.rounds more than once/],
    [['lightgbm.rounds=9', 'lightgbm={}'], /--set gives lightgbm more than once: "lightgbm\.rounds=9" and/],
    [['lightgbm={"rounds":9,"rounds":10}'], /The value of --set lightgbm has a key more than once: rounds/],
  ])('that gives a key twice is refused: %s', (set, says) => {
    const refusal = { code: 'CONFIG_KEY_TWICE', message: expect.stringMatching(says) as string };
    expect(() => readConfig(file, set)).toThrowError(expect.objectContaining(refusal) as Error);
  });
});

describe('a config that is nested too deep', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const refusal = (subject: string) =>
    expect.objectContaining({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining(`${subject} has objects or lists nested too deep`) as string,
    }) as Error;

  it('is refused in a file', () => {
    writeFileSync(file, `{"a":${deep}}`);
    expect(() => readConfig(file, [])).toThrowError(refusal(`The config file ${file}`));
  });

  it('is refused in a setting', () => {
    expect(() => readConfig(file, [`a=${deep}`])).toThrowError(refusal('--set a'));
  });
});
