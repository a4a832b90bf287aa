import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = path.resolve(import.meta.dirname, '../../../lib/features');

describe('lib/features', () => {
  it('loads mathjs and technicalindicators only when a formula or an indicator asks for them', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const lines = files.flatMap((name) => readFileSync(path.join(FOLDER, name), 'utf8').split('\n'));
    const mentions = lines.filter((line) => /(from |import\()'(mathjs|technicalindicators)/.test(line));
    expect(mentions.filter((line) => !line.includes('import type') && !line.includes('import('))).toEqual([]);
    expect(mentions.filter((line) => line.includes('import('))).toHaveLength(2);
  });
});
