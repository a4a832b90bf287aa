export function dailyZips(
  monthly: Uint8Array,
  stem: string,
  days: readonly string[],
): Map<string, Uint8Array>;
