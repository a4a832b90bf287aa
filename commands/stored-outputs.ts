/** The outputs of a run that has too many for its result. */
import type { RunResult } from '../activities/contract.js';
import { ConfigError, StoreIntegrityError } from '../lib/errors.js';
import { openExistingStorage } from '../lib/store/index.js';
import { logLine } from './output.js';

/**
 * A result with its outputs, read from the store at `place` where they are a blob. Where the worker's store is another,
 * says so on stderr and leaves the result as it is.
 */
export async function withStoredOutputs(result: RunResult, place: string): Promise<RunResult> {
  const { outputsRef } = result;
  if (outputsRef === undefined) return result;
  try {
    const bytes = await openExistingStorage(place).readBlob(outputsRef);
    return { ...result, outputs: JSON.parse(bytes.toString('utf8')) as Record<string, string> };
  } catch (error) {
    if (!isElsewhere(error)) throw error;
    logLine(`The outputs are not listed: the worker's store has them, as ${outputsRef}. ${error.what}`);
    return result;
  }
}

function isElsewhere(error: unknown): error is ConfigError | StoreIntegrityError {
  if (error instanceof ConfigError) return error.code === 'STORE_MISSING';
  return error instanceof StoreIntegrityError && error.code === 'BLOB_MISSING';
}
