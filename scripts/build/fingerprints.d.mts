export const PROGRAM_FILES: Readonly<Record<string, string>>;
export function fingerprintPrograms(
  root: string,
  options?: {
    /** Content of sources, by absolute path, instead of what is on disk. */
    readonly overlay?: ReadonlyMap<string, string>;
    /** File in activities/programs, by program. */
    readonly files?: Readonly<Record<string, string>>;
  },
): Promise<Record<string, string>>;
