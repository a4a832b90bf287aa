import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface TemporaryFolder {
  readonly path: string;
  at(...parts: readonly string[]): string;
  write(file: string, content: string | Buffer): string;
}

/** A folder that each test of the file gets for itself, real path included. */
export function useTemporaryFolder(): TemporaryFolder {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'minute-alpha-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (...parts: readonly string[]): string => path.join(folder, ...parts);
  return {
    get path() {
      return folder;
    },
    at,
    write(file, content) {
      mkdirSync(path.dirname(at(file)), { recursive: true });
      writeFileSync(at(file), content);
      return at(file);
    },
  };
}
