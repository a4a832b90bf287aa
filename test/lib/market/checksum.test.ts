/** Binance's CHECKSUM files: both the hash and the name must fit. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publishedHash, verifyChecksum } from '../../../lib/market/checksum.js';

const NAME = 'BTCUSDT-1m-2023-03.zip';
const BYTES = Buffer.from('zip');
const HASH = createHash('sha256').update(BYTES).digest('hex');
const verdict = (text: string): ReturnType<typeof verifyChecksum> => verifyChecksum(BYTES, text, NAME);

describe('fits', () => {
  it.each([
    ['as published', `${HASH}  ${NAME}\n`],
    ['without a line feed', `${HASH}  ${NAME}`],
    ['with CRLF', `${HASH}  ${NAME}\r\n`],
    ['of a binary file', `${HASH} *${NAME}\n`],
    ['in capitals', `${HASH.toUpperCase()}  ${NAME}\n`],
  ])('%s', (_name, text) => {
    expect(verdict(text)).toEqual({ ok: true, sha256: HASH });
    expect(publishedHash(text, NAME)).toBe(HASH);
  });
});

describe('is of another form', () => {
  it.each([
    ['empty', ''],
    ['a hash alone', HASH],
    ['a hash too short', `${HASH.slice(1)}  ${NAME}`],
    ['a hash too long', `${HASH}0  ${NAME}`],
    ['no hexadecimal hash', `${HASH.slice(0, -1)}g  ${NAME}`],
    ['two files', `${HASH}  ${NAME}\n${HASH}  ${NAME}\n`],
    ['something in front', ` ${HASH}  ${NAME}\n`],
    ['a web page', '<!DOCTYPE html>'],
  ])('%s', (_name, text) => {
    expect(verdict(text)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('has not the form') as string,
    });
    expect(publishedHash(text, NAME)).toBeNull();
  });
});

describe('names another file', () => {
  it.each([
    ['of another month', 'BTCUSDT-1m-2023-04.zip'],
    ['in a folder', `./${NAME}`],
    ['in capitals', NAME.toUpperCase()],
    ['with more behind it', `${NAME}.old`],
  ])('%s', (_name, name) => {
    expect(verdict(`${HASH}  ${name}\n`)).toEqual({ ok: false, problem: `the CHECKSUM file names ${name}` });
    expect(publishedHash(`${HASH}  ${name}\n`, NAME)).toBeNull();
  });
});

it('a hash that differs in its last digit does not fit, and both are told', () => {
  const other = HASH.slice(0, -1) + (HASH.endsWith('0') ? '1' : '0');
  expect(verdict(`${other}  ${NAME}`)).toEqual({
    ok: false,
    problem: `sha256 ${HASH.slice(0, 16)} where ${other.slice(0, 16)} was published`,
  });
  // What is published is another question than what was fetched.
  expect(publishedHash(`${other}  ${NAME}`, NAME)).toBe(other);
});
