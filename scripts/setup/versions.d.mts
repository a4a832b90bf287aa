export function compareVersions(left: string, right: string): number;
