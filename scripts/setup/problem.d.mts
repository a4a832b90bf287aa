export class SetupProblem extends Error {
  constructor(component: string, parts: { readonly tried: readonly string[]; readonly fix: string });
  readonly component: string;
  readonly tried: readonly string[];
  readonly fix: string;
}
export function whyFailed(output: string): string;
