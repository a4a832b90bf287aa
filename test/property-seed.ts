/**
 * The seed of every property test. Fixed, so that the same code gives the same answer twice;
 * `PROPERTY_SEED=random` explores, `PROPERTY_SEED=<whole number>` repeats what a failure printed.
 */
import fc from 'fast-check';

const FIXED_SEED = 20_261_125;
const asked = process.env['PROPERTY_SEED'];

if (asked !== 'random') {
  const seed = asked === undefined ? FIXED_SEED : Number(asked);
  if (!Number.isInteger(seed))
    throw new Error(`PROPERTY_SEED is "${asked}": write a whole number or random.`);
  fc.configureGlobal({ seed });
}
