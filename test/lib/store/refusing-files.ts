/**
 * A disk that refuses writing, also to root, whom no right of a folder stops. For `vi.mock` of Node's modules of files:
 * what changes anything below the refused folder fails as on a disk that is mounted read-only.
 */
import type * as Files from 'node:fs';
import type * as FilePromises from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import type { LocalBench } from './local-bench.js';
import type { StoreBench } from './store-bench.js';

let refused: string | null = null;

/** A local bench whose disk refuses on demand; only in a test file that mocks both modules with this one. */
export function refusable(bench: LocalBench): StoreBench {
  return {
    ...bench,
    refuseWrites: () => (refused = bench.store.root),
    acceptWrites: () => (refused = null),
  };
}

function refusalOf(files: readonly unknown[]): Error | null {
  const file = files.find((each) => refused !== null && String(each).startsWith(refused + path.sep));
  if (file === undefined) return null;
  return Object.assign(new Error(`EROFS: read-only file system, '${String(file)}'`), { code: 'EROFS' });
}

/** `node:fs/promises` on such a disk. */
export function refusingPromises(files: typeof FilePromises): typeof FilePromises {
  const refusing = <A extends unknown[], R>(work: (...args: A) => Promise<R>, paths = 1) =>
    (async (...args: A): Promise<R> => {
      const refusal = refusalOf(args.slice(0, paths));
      if (refusal !== null) throw refusal;
      return work(...args);
    }) as never;
  const writing: typeof files.open = refusing(files.open);
  return {
    ...files,
    open: (file, flags, mode) => (flags === 'r' ? files : { open: writing }).open(file, flags, mode),
    ...{ mkdir: refusing(files.mkdir), unlink: refusing(files.unlink), rm: refusing(files.rm) },
    ...{ chmod: refusing(files.chmod), utimes: refusing(files.utimes), writeFile: refusing(files.writeFile) },
    ...{ rename: refusing(files.rename, 2), link: refusing(files.link, 2) },
  };
}

/** `node:fs` on such a disk. */
export function refusingFiles(files: typeof Files): typeof Files {
  const mkdirSync = (folder: string, options?: Files.MakeDirectoryOptions): void => {
    const refusal = files.existsSync(folder) ? null : refusalOf([folder]);
    if (refusal !== null) throw refusal;
    files.mkdirSync(folder, options);
  };
  const createWriteStream = (file: string, options: object): Writable => {
    const refusal = refusalOf([file]);
    if (refusal === null) return files.createWriteStream(file, options);
    return new Writable({ construct: (done) => done(refusal) });
  };
  return { ...files, mkdirSync: mkdirSync as never, createWriteStream: createWriteStream as never };
}
