export interface FoundBrowser {
  readonly path: string;
  /** Four numbers, such as `126.0.6478.127`. */
  readonly version: string;
  /** `PUPPETEER_EXECUTABLE_PATH`, `PATH`, `system` or the cache folder it lies in. */
  readonly source: string;
}

export function findBrowser(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): FoundBrowser | null;
export function browserAdvice(platform: NodeJS.Platform): string;
