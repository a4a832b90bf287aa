export interface OtherBuild {
  /** The root in place of the project's own. */
  readonly root: string;
  /** Programs whose fingerprint differs from the project's own. */
  readonly moved: readonly string[];
  remove(): void;
}
export function buildEdited(
  project: string,
  file: string,
  edit: (source: string) => string,
): Promise<OtherBuild>;
