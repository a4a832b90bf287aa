import type { InputStates } from './sources.mjs';

export interface BuildRecord {
  readonly inputs: InputStates;
  /** Relative to `dist/`. */
  readonly outputs: readonly string[];
  /** Digest of what the workflow bundle was made from. */
  readonly workflows: string;
}
export function readBuildRecord(root: string): BuildRecord | null;
export function writeBuildRecord(root: string, record: BuildRecord): void;
export function dropBuildRecord(root: string): void;
export function isBuildFresh(root: string): boolean;
