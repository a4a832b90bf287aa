/** The standard normal distribution. Pure. */

const SQRT2 = Math.SQRT2;

/** P(Z <= x), absolute error below 1e-15. */
export function normalCdf(x: number): number {
  return x < 0 ? complementaryError(-x / SQRT2) / 2 : 1 - complementaryError(x / SQRT2) / 2;
}

/** erfc of x >= 0: Taylor series of erf near 0, Lentz's continued fraction beyond. */
function complementaryError(x: number): number {
  if (x < 2.5) return 1 - errorSeries(x);
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}

function errorSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** The x with P(Z <= x) = p, for 0 < p < 1: Newton's steps from a bracket. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let x = p > 1e-300 ? -Math.sqrt(-2 * Math.log(p)) : -37;
  if (p > 0.02) x = (p - 0.5) * Math.sqrt(2 * Math.PI);
  for (let step = 0; step < 60; step++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const change = (normalCdf(x) - p) / density;
    // Halley's correction keeps far steps from overshooting.
    const move = change / (1 + (x * change) / 2);
    x -= move;
    if (Math.abs(move) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}
