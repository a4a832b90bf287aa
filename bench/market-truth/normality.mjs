/** Whether numbers look drawn from a standard normal distribution: Kolmogorov and Smirnov's test. */

/** Distribution function of the standard normal, |error| below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function normalCdf(x) {
  const k = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly =
    k * (0.254829592 + k * (-0.284496736 + k * (1.421413741 + k * (-1.453152027 + k * 1.061405429))));
  const tail = 0.5 * poly * Math.exp((-x * x) / 2);
  return x > 0 ? 1 - tail : tail;
}

/** Mean, deviation, largest absolute value, and p of the two-sided test with Stephens' small-sample correction. */
export function normality(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const distance = Math.max(
    ...sorted.map((value, at) => Math.max((at + 1) / n - normalCdf(value), normalCdf(value) - at / n)),
  );
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda);
  return { n, mean, deviation, largest: Math.max(...sorted.map(Math.abs)), p: Math.min(1, Math.max(0, p)) };
}
