import { NativeError } from '../lib/errors.js';
import { nativeAddon } from './addon.js';
import { numbersOf } from './buffers.js';

/**
 * Spearman's rank correlation of two arrays, ties with their average rank, exact in 128-bit integers but
 * for the last division; the `ic` of training. NaN where a side is constant, holds a NaN, or has fewer
 * than two values. Runs on the calling thread.
 * @throws NativeError WRONG_LENGTH, BUFFER_DETACHED, BAD_MATRIX for anything but arrays of floats
 */
export function spearmanIc(
  predictions: Float32Array | Float64Array,
  labels: Float32Array | Float64Array,
): number {
  const left = float64Of('predictions', predictions);
  const right = float64Of('labels', labels);
  if (predictions.length !== labels.length) {
    throw new NativeError('WRONG_LENGTH', {
      what: `There are ${predictions.length} predictions for ${labels.length} labels.`,
      fix: 'Give as many of the one as of the other.',
    });
  }
  return nativeAddon().spearman(left, right);
}

function float64Of(name: string, values: Float32Array | Float64Array): Float64Array {
  const numbers = numbersOf(name, values);
  return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}
