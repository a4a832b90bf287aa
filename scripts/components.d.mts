/** One component of the machine, as `doctor` shows it. */
export interface Component {
  readonly component: string;
  /** Path of its file or folder; null where there is none. */
  readonly place: string | null;
  readonly version: string | null;
  readonly healthy: boolean;
  readonly detail: string;
  /** What mends it; empty where nothing is wrong. */
  readonly fix: string;
}

export function inspectComponents(root: string, env: NodeJS.ProcessEnv): Promise<Component[]>;
