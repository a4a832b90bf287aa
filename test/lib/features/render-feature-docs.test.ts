import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadIndicatorLibrary } from '../../../lib/features/indicators/indicator-stream.js';
import { CATALOGUE, REMEMBERING } from '../../../lib/features/indicators/catalogue.js';
import { probeIndicator } from '../../../lib/features/indicators/probe.js';
import { renderFeatureDocs } from '../../../lib/features/render-feature-docs.js';

const DOCS = path.resolve(import.meta.dirname, '../../../docs/features.md');

describe('renderFeatureDocs', () => {
  it('is what docs/features.md says', () => {
    expect(readFileSync(DOCS, 'utf8')).toBe(renderFeatureDocs());
  });

  it('names exactly the entries that are refused with their defaults', async () => {
    const library = await loadIndicatorLibrary();
    const refused = [...CATALOGUE.values()].filter(
      (entry) => probeIndicator(library, { entry, params: entry.params }).refusal !== null,
    );
    expect(refused.map(({ name }) => name)).toEqual(Object.keys(REMEMBERING));
  });
});
