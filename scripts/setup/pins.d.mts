export interface Pin {
  readonly wheel: string;
  readonly version: string;
  readonly entry: RegExp;
  readonly builds: Readonly<Record<string, { readonly wheelSha256: string; readonly fileSha256: string }>>;
}
export const TEMPORAL: Pin;
export const LIGHTGBM: Pin;
export const OLDEST_TEMPORAL: string;
export function buildFor(
  pin: Pin,
  platform?: string,
  arch?: string,
): { readonly wheelSha256: string; readonly fileSha256: string } | null;
