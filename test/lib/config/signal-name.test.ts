import { expect, it } from 'vitest';
import { signalName } from '../../../lib/config/signal-name.js';

it.each([
  ['model', 'the model'],
  [null, 'the model'],
  ['-rsi', 'the signal -rsi'],
])('names %s', (signal, name) => expect(signalName(signal)).toBe(name));
