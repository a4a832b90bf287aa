/** A store whose folder refuses writing is the user's to mend: a typed error instead of an errno. */
import { PipelineError, SetupError } from '../errors.js';
import { codeOf } from './durable.js';

const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space on that device (`npx minute-alpha gc` does, `--dry-run` tells what would go)',
  EDQUOT: 'Raise the quota or free space (`npx minute-alpha gc` does, `--dry-run` tells what would go)',
  EROFS: 'Mount it writable',
  EACCES: 'Make that folder writable',
  EPERM: 'Make that folder writable',
  ENOTDIR: 'Move that file elsewhere: a folder of the store has its name',
};

/**
 * Runs work that writes into the store at `root`.
 * @throws SetupError STORE_UNWRITABLE where the device or its rights refuse; nothing half written counts
 */
export async function writingStore<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asUnwritable(root, thrown);
  }
}

const FULL = ['ENOSPC', 'EDQUOT'];

/** Whether an error says that there is no space left, as the device or as {@link writingStore} says it. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof PipelineError)) return FULL.includes(codeOf(error) ?? '');
  return error.code === 'STORE_UNWRITABLE' && FULL.includes(String(error.details.code));
}

/** The typed form of a refusal by the device; anything else as it came. */
export function asUnwritable(root: string, thrown: unknown): unknown {
  const code = refusalOf(thrown);
  if (code === null) return thrown;
  return new SetupError('STORE_UNWRITABLE', {
    what: `The store ${root} cannot be written: ${(thrown as Error).message}.`,
    fix: `${REFUSALS[code]}, or name another folder with MINUTE_ALPHA_STORE; what was stored before is kept.`,
    details: { path: root, code },
    cause: thrown,
  });
}

/** An errno that crossed a thread's border is only in the message any more. */
function refusalOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || thrown instanceof PipelineError) return null;
  const code = codeOf(thrown) ?? /^(E[A-Z]+): /.exec(thrown.message)?.[1] ?? '';
  return code in REFUSALS ? code : null;
}
