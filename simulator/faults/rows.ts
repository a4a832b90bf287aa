/** Rows that went wrong, in a REST page or in an archive's CSV. Pure: CSV lines in, CSV lines out. */
import type { PageContext } from './definition.js';

/** Changed rows of a replaced archive. */
const RESTATED_ROWS = 10;

export function firstHalf(lines: readonly string[]): readonly string[] {
  return lines.length < 2 ? lines : lines.slice(0, Math.ceil(lines.length / 2));
}

export function oneTwice(lines: readonly string[]): readonly string[] {
  const middle = lines.length >> 1;
  return lines.length === 0 ? lines : [...lines.slice(0, middle + 1), ...lines.slice(middle)];
}

export function twoSwapped(lines: readonly string[]): readonly string[] {
  if (lines.length < 2) return lines;
  const middle = lines.length >> 1;
  return [...lines.slice(0, middle - 1), lines[middle]!, lines[middle - 1]!, ...lines.slice(middle + 1)];
}

/** The middle one; a page of one or two bars is left whole, so that asking for a single bar answers it. */
export function oneLeftOut(lines: readonly string[]): readonly string[] {
  return lines.length < 3 ? lines : lines.filter((_, index) => index !== lines.length >> 1);
}

/** The bar that is forming now, with a part of the volume of the last one. */
export function openBar(lines: readonly string[], { intervalMs, nowMs }: PageContext): readonly string[] {
  const last = lines.at(-1)?.split(',');
  if (last === undefined) return lines;
  const openMs = Math.floor(nowMs / intervalMs) * intervalMs;
  const close = last[4]!;
  const forming = [openMs, close, close, close, close, '1', openMs + intervalMs - 1, close, 1, '1', close, 0];
  return [...lines, forming.join(',')];
}

/** The last ten bars with ten times their volumes. */
export function restated(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => {
    if (index < lines.length - RESTATED_ROWS) return line;
    const fields = line.split(',');
    for (const column of [5, 7, 9, 10]) fields[column] = String(Number(fields[column]) * 10);
    return fields.join(',');
  });
}
