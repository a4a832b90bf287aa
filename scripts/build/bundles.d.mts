export function bundleClient(root: string): Promise<void>;
export function bundleThreads(root: string): Promise<void>;
