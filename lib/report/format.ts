/** Numbers, dates and HTML as a reader sees them. Pure; missing numbers are shown as `n/a`. */

export const MISSING = 'n/a';

const MINUS = '\u2212';

/** Fixed decimals with thousands separators and a true minus sign. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  const text = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    // A value that rounds to nothing has no sign worth showing.
    signDisplay: 'negative',
  }).format(value);
  return text.replace('-', MINUS);
}

/** Whole number with thousands separators. */
export function whole(value: number | null): string {
  return fixed(value, 0);
}

/** Fraction as percent: .0123 at one decimal is `1.2 %`. */
export function percent(frac: number | null, decimals = 1): string {
  const text = fixed(frac === null ? null : frac * 100, decimals);
  return text === MISSING ? text : `${text}\u00a0%`;
}

/** Basis points, `0.31 bp`. */
export function bp(value: number | null, decimals = 2): string {
  const text = fixed(value, decimals);
  return text === MISSING ? text : `${text}\u00a0bp`;
}

/** `0.12 to 0.48 bp`; `n/a` where either end is missing. */
export function range(
  ends: readonly [number | null, number | null] | null,
  show: (value: number | null) => string,
): string {
  if (ends === null || ends.some((end) => end === null || !Number.isFinite(end))) return MISSING;
  return `${show(ends[0])} to ${show(ends[1])}`;
}

/** `2023-03-24` of UTC ms. */
export function dateOf(timeMs: number | null): string {
  return timeMs === null || !Number.isFinite(timeMs) ? MISSING : new Date(timeMs).toISOString().slice(0, 10);
}

/** `2023-03-24 12:39` of UTC ms. */
export function minuteOf(timeMs: number | null): string {
  if (timeMs === null || !Number.isFinite(timeMs)) return MISSING;
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe inside HTML elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** JSON made safe inside a script element; NaN and infinities become null. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
