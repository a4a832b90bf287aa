export const OLDEST_NODE: string;
export function requireNode(version: string): void;
