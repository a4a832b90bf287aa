export type InputStates = Record<
  string,
  { readonly size: number; readonly mtimeMs: number; readonly sha256: string }
>;
export function listSources(root: string): { modules: string[]; assets: string[] };
export function readInputs(root: string, known: InputStates): InputStates;
export function sameContents(left: InputStates, right: InputStates): boolean;
