import { describe, expect, it } from 'vitest';
import { ConfigError, DataError, ExchangeError, reviveError, serializeError } from '../../lib/errors.js';

const parts = { what: 'The bar is torn.', fix: 'Fetch it again.', details: { bar: 7 } };

describe('typed errors', () => {
  it('say what and the fix in one message', () => {
    const error = new DataError('TORN', parts);
    expect(error.message).toBe('The bar is torn. Fetch it again.');
    expect(error).toMatchObject({ name: 'DataError', code: 'TORN', details: { bar: 7 } });
  });

  it('cross a thread as data and come back as what they were', () => {
    const cause = new Error('socket');
    const error = new ExchangeError('LIMIT', { ...parts, retryAfterMs: 1500, cause });
    const revived = reviveError(structuredClone(serializeError(error)));
    expect(revived).toBeInstanceOf(ExchangeError);
    expect(revived).toMatchObject({
      code: 'LIMIT',
      retryAfterMs: 1500,
      details: { bar: 7 },
      message: error.message,
    });
    expect(revived.stack).toBe(error.stack);
  });

  it('keep a foreign error foreign', () => {
    const revived = reviveError(structuredClone(serializeError(new RangeError('too far'))));
    expect(revived).not.toBeInstanceOf(ConfigError);
    expect(revived.message).toBe('too far');
    expect(reviveError(serializeError('a word')).message).toBe('a word');
  });
});
