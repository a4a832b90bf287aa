import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../simulator/faults/registry.js';

const README = readFileSync(new URL('../../simulator/README.md', import.meta.url), 'utf8');

describe('the README of the simulator', () => {
  it.each(Object.entries(FAULTS))('tells what %s does', (name, { does }) => {
    const row = README.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row?.split('|')[2]?.trim()).toBe(does.trim());
  });

  it('names no fault that is gone', () => {
    const named = [...README.matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map((match) => match[1]!);
    const options = ['recorded', 'seed', 'fault', 'now'];
    expect(named.filter((name) => !options.includes(name))).toEqual(Object.keys(FAULTS));
  });
});
