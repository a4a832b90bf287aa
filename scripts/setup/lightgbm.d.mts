import type { SetupStep } from './context.mjs';

export const LIGHTGBM_FIX: string;
export const lightgbmStep: SetupStep;
