import { NativeError } from '../lib/errors.js';
import { nativeAddon } from './addon.js';
import { refuseDetached } from './buffers.js';

/**
 * Spearman's rank correlation of two arrays, ties with their average rank, exact in 128-bit integers but
 * for the last division; the `ic` of training. NaN where a side is constant, holds a NaN, or has fewer
 * than two values. Equal to scipy.stats.spearmanr bit for bit up to 300,000 values.
 * @throws NativeError WRONG_LENGTH, BUFFER_DETACHED
 */
export function spearmanIc(predictions: Float64Array, labels: Float64Array): number {
  refuseDetached('predictions', predictions);
  refuseDetached('labels', labels);
  if (predictions.length !== labels.length) {
    throw new NativeError('WRONG_LENGTH', {
      what: `There are ${predictions.length} predictions for ${labels.length} labels.`,
      fix: 'Give as many of the one as of the other.',
    });
  }
  return nativeAddon().spearman(predictions, labels);
}
