import type { Stamp } from './stamp.mjs';

/** What every step of set-up is given. */
export interface SetupContext {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly places: Readonly<
    Record<
      'build' | 'cache' | 'keptCache' | 'wheels' | 'lock' | 'stamp' | 'temporal' | 'lightgbm' | 'browsers',
      string
    >
  >;
  readonly log: (line: string, sinceMs?: number) => void;
  readonly stamped: Stamp;
  readonly packagesReady: Promise<void>;
}

/** A component that is one file. */
export interface SetupStep {
  readonly name: string;
  readonly wanted: (env: NodeJS.ProcessEnv, root: string) => string;
  readonly find: (context: SetupContext) => Promise<string | null>;
  readonly fetch: (context: SetupContext) => Promise<string>;
  readonly check?: (place: string, context: SetupContext) => Promise<void>;
}
export function logToStderr(line: string, sinceMs?: number): void;
