/** JSON with one spelling a value (RFC 8785), and nothing that JSON would lose silently. Pure. */
import { InvariantError } from '../errors.js';

/**
 * The canonical text of a JSON value: keys sorted by UTF-16 units, numbers and strings as ECMAScript writes them.
 * @throws InvariantError NOT_CANONICAL with the path for undefined, NaN, infinities, -0, whole numbers
 *   beyond 2^53, lone surrogates, functions, symbols, bigints and anything that is no plain object or list
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return writeNumber(value, path);
  if (typeof value === 'string') return writeString(value, path);
  if (Array.isArray(value)) return writeList(value, path);
  if (typeof value === 'object' && isPlain(value)) return writeObject(value as Record<string, unknown>, path);
  throw refusal(
    path,
    typeof value === 'object' ? `a ${value.constructor?.name ?? 'class instance'}` : typeof value,
  );
}

function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw refusal(path, String(value));
  if (Object.is(value, -0)) throw refusal(path, '-0');
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw refusal(path, `${value}, beyond 2^53`);
  return JSON.stringify(value);
}

function writeString(value: string, path: string): string {
  if (/\p{Surrogate}/u.test(value)) {
    throw refusal(path, 'a text with half a character');
  }
  return JSON.stringify(value);
}

function writeList(values: readonly unknown[], path: string): string {
  const parts: string[] = [];
  // An index loop, because map and for-of differ on holes, and a hole must be refused.
  for (let index = 0; index < values.length; index++) parts.push(write(values[index], `${path}[${index}]`));
  return `[${parts.join(',')}]`;
}

function writeObject(value: Record<string, unknown>, path: string): string {
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${writeString(key, path)}:${write(value[key], `${path}.${key}`)}`);
  return `{${parts.join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Properties named by symbols are properties that JSON leaves out.
  return Object.getOwnPropertySymbols(value).length === 0;
}

function refusal(path: string, got: string): InvariantError {
  return new InvariantError('NOT_CANONICAL', {
    what: `A key cannot hold ${got} (at ${path}): JSON would lose it.`,
    fix: 'Use null, a finite number, a text, a list or a plain object there.',
    details: { path },
  });
}
