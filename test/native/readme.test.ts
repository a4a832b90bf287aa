import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleScript, runScript } from './bundled-script.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const README = readFileSync(path.join(ROOT, 'native/README.md'), 'utf8');

/** The snippets as one program, and what they should have come to. */
function program(): string {
  const snippets = [...README.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
  const results = '[predictions.length, shares.length, leaves.length, gain.length, bestRound, decidedBy, ic]';
  const scored = 'Object.fromEntries(Object.entries(scores).map(([name, values]) => [name, values.length]))';
  return [
    ...snippets.map((snippet) => snippet.replace("'./index.js'", "'../../native/index.js'")),
    `process.stdout.write(JSON.stringify({ results: ${results}, scored: ${scored} }));`,
  ].join('\n');
}

describe('the README of the addon', () => {
  it('has snippets that run, one after the other', async () => {
    const folder = path.join(ROOT, 'build/test');
    mkdirSync(folder, { recursive: true });
    const source = path.join(folder, `readme-${process.pid}.ts`);
    writeFileSync(source, program());
    const script = await bundleScript(pathToFileURL(source));
    try {
      const ending = await runScript(script, []);
      expect(ending.exitCode, ending.stderrTail).toBe(0);
      const { results, scored } = JSON.parse(ending.stdout) as {
        results: [number, number, number, number, number, string, number];
        scored: Record<string, number>;
      };
      const [predictions, shares, leaves, gain, bestRound, decidedBy, ic] = results;
      expect([predictions, shares, leaves, gain, decidedBy]).toEqual([2000, 8000, 10_000, 3, 'ic']);
      expect(bestRound).toBeGreaterThan(0);
      expect(ic).toBeGreaterThan(0.9);
      expect(Object.keys(scored).sort()).toEqual(['ic', 'l1', 'rmse']);
    } finally {
      script.remove();
      rmSync(source, { force: true });
    }
  });

  it('lists exactly the codes of errors that the sources throw', () => {
    const folder = path.join(ROOT, 'native');
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    const thrown = sources.flatMap((name) =>
      [
        ...readFileSync(path.join(folder, name), 'utf8').matchAll(
          /(?:new (?:Native|Setup)Error\(|code: |parameterError\()\s*'([A-Z_]{5,})'/g,
        ),
      ].map((match) => match[1]!),
    );
    const listed = [...README.matchAll(/`([A-Z]{2,}(?:_[A-Z]+)+|DISPOSED)`/g)].map((match) => match[1]!);
    expect([...new Set(listed)].filter((code) => code !== 'LIGHTGBM_LIB').sort()).toEqual(
      [...new Set(thrown)].sort(),
    );
  });
});
