export interface StampedFile {
  readonly place: string;
  readonly identity: object;
  readonly wanted: string;
  readonly sha256: string;
}
export interface Stamp {
  readonly layout: number;
  readonly root: string;
  readonly files: Readonly<Record<string, StampedFile>>;
}
export function readStamp(file: string, root: string): Stamp;
export function writeJson(file: string, content: unknown): void;
export function stampFile(place: string, wanted: string): Promise<StampedFile>;
export function isUnchanged(stamped: StampedFile | undefined, wanted: string): boolean;
