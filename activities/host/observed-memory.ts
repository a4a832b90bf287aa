/**
 * What an attempt of `observe` has asked already: with hundreds of symbols the weight of one minute may
 * not be enough, and the next attempt goes on where this one stopped.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export class ObservedMemory<T> {
  private readonly file: string;
  private readonly known: Map<string, T>;

  /** @param run names one activity of one run */
  constructor(budgetDir: string, run: string) {
    const name = createHash('sha256').update(run).digest('hex').slice(0, 32);
    this.file = path.join(budgetDir, 'observed', `${name}.jsonl`);
    this.known = readLines<T>(this.file);
  }

  /** What is known of `name`, else what `ask` answers, which is kept. */
  async get(name: string, ask: () => Promise<T>): Promise<T> {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const value = await ask();
    this.known.set(name, value);
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    // One write a line: a process killed in it leaves a line to skip.
    fs.appendFileSync(this.file, `\n${JSON.stringify([name, value])}`);
    return value;
  }

  forget(): void {
    fs.rmSync(this.file, { force: true });
  }
}

function readLines<T>(file: string): Map<string, T> {
  if (!fs.existsSync(file)) return new Map();
  return new Map(
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line === '' ? [] : [JSON.parse(line) as [string, T]];
        } catch {
          return [];
        }
      }),
  );
}

/** Runs `work` on all items, `atOnce` at a time, and answers in their order; stops at the first failure. */
export async function mapAtOnce<I, O>(
  items: readonly I[],
  atOnce: number,
  work: (item: I) => Promise<O>,
): Promise<O[]> {
  const results: O[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
    } catch (thrown) {
      // The other lanes must not go on asking behind the back of an activity that has ended.
      next = items.length;
      throw thrown;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
