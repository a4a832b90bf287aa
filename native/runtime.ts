/** The library in use by this thread, and the one place where native failures become typed errors. */
import { realpathSync } from 'node:fs';
import { NativeError } from '../lib/errors.js';
import { nativeAddon, type JobAnswer, type NativeAddon, type NativeRefusal } from './addon.js';
import { libraryError, libraryMissing } from './library-errors.js';
import { parameterString, parseAliases, type ParameterNames } from './parameters.js';

export interface LoadOptions {
  /** Absolute path of lib_lightgbm.so (.dylib on macOS). */
  readonly path: string;
  /** Threads of every LightGBM call; null for LightGBM's default, all cores. */
  readonly numThreads: number | null;
}

interface Runtime {
  readonly path: string;
  readonly numThreads: number | null;
  readonly names: ParameterNames;
}

let runtime: Runtime | null = null;
let jobs = 0;

/**
 * Loads LightGBM into this thread; again with the same arguments it does nothing. All threads of a
 * process that use one library must use one `numThreads`: LightGBM keeps it once for the process.
 * @throws SetupError LIGHTGBM_MISSING, LIGHTGBM_TOO_OLD, LIBGOMP_MISSING, LIGHTGBM_UNUSABLE
 * @throws NativeError THREADS_DIFFER, ANOTHER_LIBRARY, BAD_OPTION
 */
export function loadLightgbm(options: LoadOptions): void {
  refuseNoObject('loadLightgbm', options);
  const { numThreads } = options;
  if (typeof options.path !== 'string' || options.path === '')
    throw badOption('path', 'the path of a library', options.path);
  const path = realPathOf(options.path);
  if (numThreads !== null && !(Number.isInteger(numThreads) && numThreads > 0 && numThreads <= 4096)) {
    throw badOption('numThreads', 'a whole number from 1 to 4096, or null', numThreads);
  }
  const addon = nativeAddon();
  let names: ParameterNames;
  try {
    addon.load(path, numThreads ?? 0);
    names = runtime?.names ?? parseAliases(addon.probe(path));
  } catch (thrown) {
    const refusal = thrown as NativeRefusal;
    throw libraryError(path, refusal) ?? nativeError('load the library', refusal);
  }
  runtime = { path, numThreads, names };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw libraryMissing(path, false);
  }
}

/**
 * What this thread works with.
 * @throws NativeError NOT_LOADED
 */
export function currentRuntime(): Runtime {
  if (runtime) return runtime;
  throw new NativeError('NOT_LOADED', {
    what: 'LightGBM is not loaded in this thread.',
    fix: 'Call loadLightgbm({ path, numThreads }) first, with the path from findLightgbmLibrary().',
  });
}

/** Parameters with the thread count, which every call carries so that none resets the process's. */
export function withThreads(parameters: ReadonlyMap<string, string>): string {
  const { numThreads } = currentRuntime();
  if (numThreads === null) return parameterString(parameters);
  return parameterString(new Map([...parameters, ['num_threads', String(numThreads)]]));
}

/** Number by which a job can be cancelled. */
export function nextJob(): number {
  jobs = (jobs + 1) % 0xffffffff;
  return jobs;
}

/**
 * Runs one job of the addon.
 * @param doing what the job does, for the message: "make the dataset"
 * @throws NativeError LIGHTGBM_REFUSED with LightGBM's message and the C call, DISPOSED, OUT_OF_MEMORY, ...
 */
export async function runJob<Value>(
  doing: string,
  start: (addon: NativeAddon, job: number) => Promise<JobAnswer<Value>>,
): Promise<JobAnswer<Value>> {
  currentRuntime();
  try {
    return await start(nativeAddon(), nextJob());
  } catch (thrown) {
    throw typedError(doing, thrown);
  }
}

export function isRefusal(thrown: unknown): thrown is NativeRefusal {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'call' in thrown;
}

const CODES: Readonly<Record<string, { code: string; fix: string }>> = {
  LIGHTGBM: { code: 'LIGHTGBM_REFUSED', fix: 'Correct what LightGBM names.' },
  DISPOSED: { code: 'DISPOSED', fix: 'Use it before dispose(), or make a new one.' },
  NOT_A_HANDLE: { code: 'NOT_A_HANDLE', fix: 'Pass a Dataset or Booster made by this module.' },
  OUT_OF_MEMORY: { code: 'OUT_OF_MEMORY', fix: 'Use fewer rows or columns, or push the rows in blocks.' },
  METRIC: {
    code: 'UNKNOWN_METRIC',
    fix: 'Name a metric that is evaluated, or add it to the parameter metric.',
  },
  INIT_MODEL_DIFFERS: { code: 'INIT_MODEL_DIFFERS', fix: 'Continue with the parameters of that model.' },
  THREADS_DIFFER: { code: 'THREADS_DIFFER', fix: 'Use one numThreads in all threads of a process.' },
  ANOTHER_LIBRARY: { code: 'ANOTHER_LIBRARY', fix: 'Use one library a thread.' },
};

/** The typed error for a refusal of the addon or of LightGBM. */
export function nativeError(doing: string, refusal: NativeRefusal): NativeError {
  const known = CODES[refusal.code] ?? {
    code: refusal.code,
    fix: 'This is a fault of the addon; report it.',
  };
  const where = refusal.call === '' ? '' : ` (${refusal.call})`;
  return new NativeError(known.code, {
    what: `Could not ${doing}${where}: ${refusal.message.trim().replace(/\.$/, '')}.`,
    fix: known.fix,
    details: { call: refusal.call, message: refusal.message, log: [...(refusal.log ?? [])] },
  });
}

/** The typed error for whatever a call of the addon threw. */
export function typedError(doing: string, thrown: unknown): Error {
  if (thrown instanceof NativeError) return thrown;
  if (isRefusal(thrown)) return nativeError(doing, thrown);
  return new NativeError('BAD_OPTION', {
    what: `Could not ${doing}: an argument has the wrong type (${thrown instanceof Error ? thrown.message : String(thrown)}).`,
    fix: 'Correct the arguments.',
    cause: thrown,
  });
}

/** @throws NativeError BAD_OPTION for anything but an object of options */
export function refuseNoObject(name: string, given: unknown): void {
  if (typeof given === 'object' && given !== null) return;
  throw badOption(`the argument of ${name}`, 'an object of options', given);
}

/** NativeError BAD_OPTION: an argument is not what it must be. */
export function badOption(name: string, expected: string, got: unknown): NativeError {
  return new NativeError('BAD_OPTION', {
    what: `${name} must be ${expected}; got ${describe(got)}.`,
    fix: 'Correct the argument.',
    details: { option: name },
  });
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  return value.constructor?.name ?? 'an object';
}
