/** Names of the store's passing files: what does not have one is somebody else's and is left alone. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isDeadHere, thisProcess, type ProcessIdentity } from './process-identity.js';

const TMP = /^(attempt~[^~]+~[0-9a-f]{12}|(record|lease|bytes|import)-\d+-[0-9a-f]{16})$/;
const QUARANTINE =
  /^([0-9a-f]{64}-[0-9a-f]{16}(\.txt)?|record-[0-9a-f]{64}\.json-[0-9a-f]{16}|divergence-[0-9a-f]{64}-[0-9a-f]{16}\.json)$/;
const TRASH = /^([0-9a-f]{64}|[A-Za-z0-9-]{1,141}\.json)$/;
const BESIDE = /^\..+\.[0-9a-f]{16}$/;

/** Folders that hold nothing but passing files, and the names that the store gives those. */
export const PASSING_NAMES = { tmp: TMP, quarantine: QUARANTINE, trash: TRASH } as const;

/** A name that no other process picks. */
export function randomName(): string {
  return randomBytes(8).toString('hex');
}

/** A temporary name beside a file, hidden so that it is no name of anything while it is there. */
export function temporaryBeside(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomName()}`);
}

/** Whether {@link temporaryBeside} gave this name. */
export function isTemporaryName(name: string): boolean {
  return BESIDE.test(name);
}

/** `<head>~<owner>~<random>`: tells which process made it, so that only what dead ones left is swept. */
export function ownedName(head: string): string {
  const { host, pid, pidStart } = thisProcess();
  const owner = Buffer.from(JSON.stringify([host, pid, pidStart])).toString('base64url');
  return `${head}~${owner}~${randomBytes(6).toString('hex')}`;
}

/** Who gave a thing this name, with {@link ownedName}; null for a name of others. */
export function ownerOf(name: string, head: string): ProcessIdentity | null {
  const [, owner] = name.startsWith(`${head}~`) ? name.slice(head.length).split('~') : [];
  if (owner === undefined) return null;
  try {
    const [host, pid, pidStart] = JSON.parse(Buffer.from(owner, 'base64url').toString('utf8')) as unknown[];
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof pidStart !== 'string') return null;
    return { host, pid, pidStart };
  } catch {
    // Somebody else's name.
    return null;
  }
}

/** Whether a process of this host that is dead by now gave a thing this name, with {@link ownedName}. */
export function isLeftByDead(name: string, head: string): boolean {
  const owner = ownerOf(name, head);
  return owner !== null && isDeadHere(owner);
}
