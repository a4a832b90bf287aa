import type { SetupContext } from './context.mjs';

export function placesOf(root: string): SetupContext['places'];
