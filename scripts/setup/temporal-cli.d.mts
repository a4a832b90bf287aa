import type { SetupStep } from './context.mjs';

export const TEMPORAL_FIX: string;
export const temporalStep: SetupStep;
export function temporalVersion(file: string): Promise<string | null>;
