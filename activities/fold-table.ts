/** `folds.json` beside the models: each fold's windows, rows, rounds, scores, parameters and importance. */
import { servingFolds, type FinishedRun } from '../lib/plan/artifacts.js';
import { foldLabel, foldText } from '../lib/plan/model-nodes.js';
import type { ActionRecord, Storage } from '../lib/store/index.js';

/** Writes the table of the run's folds into the store and answers its digest. */
export async function foldTable(
  store: Storage,
  run: FinishedRun,
  records: ReadonlyMap<string, ActionRecord>,
): Promise<string> {
  const rows: Record<string, unknown>[] = [];
  for (const node of servingFolds(run)) {
    const outputs = records.get(node.id)?.outputs ?? [];
    const digestOf = (name: string): string | undefined =>
      outputs.find((output) => output.name === name)?.digest;
    const label = node.id.slice('fold/'.length).replace(/\+\d+$/, '');
    const fold = run.folds.find((each) => foldLabel(each) === label)!;
    const summary = JSON.parse((await store.readBlob(digestOf('summary')!)).toString('utf8')) as Record<
      string,
      unknown
    >;
    const { validScores: _perRound, roundsRun, decidedBy, ...others } = summary;
    rows.push({
      ...foldText(fold),
      model: digestOf('model'),
      rounds: roundsRun,
      metric: decidedBy,
      ...others,
    });
  }
  return store.putBytes(Buffer.from(`${JSON.stringify({ folds: rows }, null, 1)}\n`));
}
