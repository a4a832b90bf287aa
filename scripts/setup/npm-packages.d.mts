export function packagesDiffer(root: string): string | null;
export function bringCacheBack(places: { readonly cache: string; readonly keptCache: string }): void;
