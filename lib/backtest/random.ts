/** A seeded stream of uniform numbers: equal on every machine. */

/** Chris Doty-Humphrey's sfc32 in 128 bits of state; answers numbers in [0, 1). */
export function uniformStream(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 16; warm++) next();
  return next;
}
