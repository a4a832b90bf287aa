import { describe, expect, it } from 'vitest';
import { OLDEST_NODE, requireNode } from '../../../scripts/setup/node-version.mjs';
import { SetupProblem, whyFailed } from '../../../scripts/setup/problem.mjs';
import { compareVersions } from '../../../scripts/setup/versions.mjs';

describe('a set-up problem', () => {
  it('names the component, all that was tried and what to do', () => {
    const { message } = new SetupProblem('A browser', { tried: ['one', 'two'], fix: 'Install it.' });
    expect(message.split('\n')).toEqual([
      'A browser cannot be had.',
      '  tried: one',
      '  tried: two',
      '  do:    Install it.',
    ]);
  });
});

describe('whyFailed', () => {
  it('keeps the errors and the last word, without frames and log hints', () => {
    const output = [
      'collecting x',
      'ERROR: the hashes do not match',
      '    at install (/some/file.js:1:1)',
      'Got abc',
      'npm error A complete log of this run can be found in: x.log',
    ].join('\n');
    expect(whyFailed(output)).toBe('ERROR: the hashes do not match | Got abc');
  });

  it('falls back to the last line, and stays one bounded line', () => {
    expect(whyFailed('a\nb\n')).toBe('b');
    expect(whyFailed(`error ${'x'.repeat(5000)}`).length).toBeLessThan(700);
    expect(whyFailed('')).toBe('');
  });
});

describe('compareVersions', () => {
  it('compares numbers, not text, and takes a missing part for zero', () => {
    expect(compareVersions('20.9.0', '20.19.0')).toBeLessThan(0);
    expect(compareVersions('22.0.0', '20.19.0')).toBeGreaterThan(0);
    expect(compareVersions('1.5', '1.5.0')).toBe(0);
  });
});

describe('requireNode', () => {
  it('accepts the floor and everything above', () => {
    for (const version of [OLDEST_NODE, '20.20.2', '22.12.0', '24.0.0']) requireNode(version);
  });

  it('refuses what is older, saying what to install', () => {
    for (const version of ['18.20.8', '20.18.3']) {
      expect(() => requireNode(version)).toThrow(`it is ${version}, ${OLDEST_NODE} or newer is needed`);
    }
  });
});
