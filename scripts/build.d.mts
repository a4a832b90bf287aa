export function buildProject(options: {
  readonly root: string;
  readonly log?: (line: string, sinceMs?: number) => void;
}): Promise<boolean>;
