import { readVerifiedBytes } from '../../lib/store/parquet.js';
import type { InputFile } from './program.js';

/** The JSON of an input's files, in their order; none for an input that is not there. @throws StoreIntegrityError */
export function readJson<T>(files: readonly InputFile[] | undefined): T[] {
  return (files ?? []).map(
    ({ path, digest }) => JSON.parse(readVerifiedBytes(path, digest).toString('utf8')) as T,
  );
}
