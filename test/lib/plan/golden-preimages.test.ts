/**
 * What is hashed into the key of one node of every program, pinned: a renamed parameter moves every key of
 * its stage. A difference that is meant is taken over with `GOLDEN=write`, and belongs into the changelog.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM_STAGES, type ProgramName } from '../../../lib/plan/node.js';
import { actionKey, type Preimage } from '../../../lib/store/index.js';
import { built } from './fake-store.js';

const FILE = path.join(import.meta.dirname, 'golden-preimages.json');

type Golden = Record<string, { key: string; preimage: Preimage }>;

/** The first node of each program in the small graph. */
function preimagesNow(): Golden {
  const found: Golden = {};
  for (const { preimage } of built().records.values())
    found[preimage.stage] ??= { key: actionKey(preimage as Preimage), preimage: preimage as Preimage };
  return found;
}

if (process.env.GOLDEN === 'write') writeFileSync(FILE, `${JSON.stringify(preimagesNow(), null, 2)}\n`);
const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;

it.each(Object.keys(PROGRAM_STAGES) as ProgramName[])(
  'the preimage of %s is the pinned one, and so is its key',
  (program) => {
    const now = preimagesNow()[program];
    expect(now?.preimage).toEqual(golden[program]!.preimage);
    expect(now?.key).toBe(golden[program]!.key);
  },
);
