import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export const PRODUCT_FOLDERS = ['activities', 'commands', 'lib', 'native', 'simulator', 'workflows'];

/** Files below `places`, relative to the root with forward slashes, sorted. */
export function filesBelow(places: readonly string[], ending: string): string[] {
  return places
    .flatMap((place) => {
      const full = path.join(ROOT, place);
      if (statSync(full).isFile()) return [place];
      return readdirSync(full, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
    })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith(ending))
    .sort();
}

/** TypeScript sources of the product. */
export function productSources(): string[] {
  return filesBelow(['client.ts', 'worker.ts', ...PRODUCT_FOLDERS], '.ts').filter(
    (file) => !file.endsWith('.d.ts'),
  );
}
