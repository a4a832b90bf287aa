export function transpile(
  root: string,
  sources: { readonly modules: readonly string[]; readonly assets: readonly string[] },
): Promise<{ written: number; deleted: number }>;
export function writeIfChanged(file: string, content: string | Buffer): boolean;
