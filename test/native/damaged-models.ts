/**
 * Reads and uses models with changed bytes: `node damaged-models.mjs ATTEMPTS SEED`. Prints how many were
 * accepted and refused, as JSON; an untyped error or a crash ends the process.
 */
import { NativeError } from '../../lib/errors.js';
import { Booster } from '../../native/index.js';
import { DATA, modelTexts } from './model-texts.js';
import { openLibrary, uniform } from './small-data.js';

const PIECES = ['', '0', '9', '-', ' ', '\n', '=', '.', 'e', 'Tree=0\n', '1000000', 'nan'];

const [attempts, seed] = process.argv.slice(2).map(Number) as [number, number];
const next = uniform(seed);
const below = (limit: number): number => Math.floor(next() * limit);

/**
 * The text with one to three places changed before its end of trees. Mostly a character becomes a digit, so
 * that sizes stay true and the change is only found where it matters.
 */
function damaged(text: string): string {
  let body = text.slice(0, text.indexOf('end of trees'));
  const rest = text.slice(body.length);
  for (let change = below(3); change >= 0; change -= 1) {
    const at = below(body.length);
    const isSubtle = next() < 0.8;
    const piece = isSubtle ? String(below(10)) : PIECES[below(PIECES.length)]!;
    body = body.slice(0, at) + piece + body.slice(at + (isSubtle ? 1 : below(3)));
  }
  return body + rest;
}

async function use(text: string): Promise<void> {
  const booster = await Booster.fromString(text);
  const columns = booster.features;
  const matrix = DATA.matrix.subarray(0, columns * 20);
  try {
    for (const kind of ['value', 'raw', 'leaf', 'contribution'] as const)
      await booster.predict({ matrix, columns, kind });
    await booster.featureImportance('gain');
    await booster.modelText();
  } finally {
    booster.dispose();
  }
}

openLibrary();
const texts = Object.values(await modelTexts());
const outcome = { used: 0, refused: 0 };
for (let attempt = 0; attempt < attempts; attempt += 1) {
  try {
    await use(damaged(texts[attempt % texts.length]!));
    outcome.used += 1;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    outcome.refused += 1;
  }
}
process.stdout.write(`${JSON.stringify(outcome)}\n`);
