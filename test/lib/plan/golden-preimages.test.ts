/**
 * What is hashed into the key of one node of every program, pinned: a renamed parameter moves every key of
 * its stage. A difference that is meant is taken over with `GOLDEN=write`, and belongs into the changelog.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  codeIdentities,
  readFingerprints,
  type Fingerprints,
} from '../../../activities/host/code-identity.js';
import { PROGRAM_STAGES, type ProgramName } from '../../../lib/plan/node.js';
import { actionKey, type Preimage } from '../../../lib/store/index.js';
import { built } from './fake-store.js';

const FILE = path.join(import.meta.dirname, 'golden-preimages.json');

type Golden = Record<string, { key: string; preimage: Preimage }>;

const PROGRAMS = Object.keys(PROGRAM_STAGES) as ProgramName[];

/** A digest that no edit of the code moves. */
const madeUp = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** What the build and the host tell of code and libraries, in the form in which they tell it. */
const fingerprints = Object.fromEntries(
  PROGRAMS.map((program, index) => [
    program,
    `${madeUp(String(index))}|@babel/runtime@7.29.15 hyparquet@1.31.5 ${madeUp('a')}`,
  ]),
) as Fingerprints;
const codeOf = codeIdentities(fingerprints, {
  lightgbm: `4.7.0+${madeUp('b')}`,
  addon: madeUp('c'),
  browser: '156.0.8078.108',
  drawing: madeUp('d'),
});

/** Code, then the packages it reaches with a digest over their contents. */
const FINGERPRINT = /^sha256:[0-9a-f]{64}\|(@?[\w./-]+@[\w.+-]+ )+sha256:[0-9a-f]{64}$/;

/** The first node of each program in the small graph. */
function preimagesNow(): Golden {
  const found: Golden = {};
  for (const { preimage } of built(codeOf).records.values())
    found[preimage.stage] ??= { key: actionKey(preimage as Preimage), preimage: preimage as Preimage };
  return found;
}

if (process.env.GOLDEN === 'write') writeFileSync(FILE, `${JSON.stringify(preimagesNow(), null, 2)}\n`);
const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;

it.each(PROGRAMS)('the preimage of %s is the pinned one, and so is its key', (program) => {
  const now = preimagesNow()[program];
  expect(now?.preimage).toEqual(golden[program]!.preimage);
  expect(now?.key).toBe(golden[program]!.key);
});

it('the pinned fingerprints have the form of those that the build writes', () => {
  const written = readFingerprints(path.join(import.meta.dirname, '../../../dist/fingerprints.json'));
  const texts = [...Object.values(fingerprints), ...Object.values(written)];
  expect(texts.filter((text) => !FINGERPRINT.test(text))).toEqual([]);
  expect(Object.keys(fingerprints).sort()).toEqual(Object.keys(written).sort());
});
