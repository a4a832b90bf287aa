/**
 * Random calls of the addon's whole face: `node random-calls.mjs CALLS SEED`. Prints what was answered, as
 * JSON; an untyped error or a crash ends the process.
 */
import { NativeError } from '../../lib/errors.js';
import type { DatasetBlocks } from '../../native/index.js';
import { Booster, Dataset, spearmanIc, train } from '../../native/index.js';
import { openLibrary, PARAMS, smallData, uniform } from './small-data.js';

/** Values that a caller may pass by mistake wherever an argument is expected. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  NaN,
  2 ** 31,
  '',
  'ic',
  [],
  {},
  () => 0,
  Symbol.iterator,
  10n,
  new Float64Array(0),
  new Float64Array(7),
  new Float32Array(12),
  new Uint8Array(8),
  new ArrayBuffer(16),
];

/** Parameter values that LightGBM accepts, refuses or warns of. */
const SETTINGS: readonly Record<string, unknown>[] = [
  {},
  { num_leaves: 1 },
  { num_leaves: 2 },
  { max_bin: 2 },
  { max_bin: 1 },
  { min_data_in_leaf: 0 },
  { min_data_in_leaf: 1e9 },
  { objective: 'binary' },
  { objective: 'multiclass', num_class: 3 },
  { objective: 'multiclass' },
  { objective: 'lambdarank' },
  { objective: 'poisson' },
  { objective: 'quantile', alpha: 2 },
  { objective: 'none' },
  { objective: 'nonsense' },
  { metric: 'nonsense' },
  { metric: ['l1', 'l2', 'auc', 'ndcg'] },
  { boosting: 'dart' },
  { boosting: 'rf' },
  { boosting: 'rf', bagging_freq: 1, bagging_fraction: 0.5 },
  { data_sample_strategy: 'goss' },
  { learning_rate: -1 },
  { learning_rate: 1e300 },
  { feature_fraction: 0 },
  { feature_fraction: 0.1, extra_trees: true },
  { monotone_constraints: [1, -1] },
  { interaction_constraints: '[0,1],[99]' },
  { device_type: 'gpu' },
  { tree_learner: 'data' },
  { linear_tree: true },
  { linear_tree: true, objective: 'regression_l1' },
  { use_missing: false, zero_as_missing: true },
  { bagging_fraction: 0.2, bagging_freq: 1 },
  { max_depth: 1, path_smooth: 5 },
  { use_quantized_grad: true },
  { two_round: true, header: true },
  { bin_construct_sample_cnt: 5 },
  { force_row_wise: true },
  { lambda_l1: -3 },
  { num_leafs: 3 },
  { verbosity: 'loud' },
];

type Bag = Record<string, unknown>;

/** A dataset being filled, with what it still needs. */
interface Filling {
  readonly blocks: DatasetBlocks;
  readonly columns: number;
  readonly rows: number;
}

interface Owner {
  dispose(): void;
}

/** A random caller of the whole face: keeps some objects, disposes some, and mixes them all up. */
class Caller {
  readonly datasets: Dataset[] = [];
  readonly boosters: Booster[] = [];
  readonly fillings: Filling[] = [];
  readonly answered = new Map<string, number>();
  refused = 0;
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = uniform(seed);
  }

  private index(length: number): number {
    return Math.floor(this.next() * length);
  }

  private chance(share: number): boolean {
    return this.next() < share;
  }

  private pick<Value>(values: readonly Value[]): Value {
    return values[this.index(values.length)]!;
  }

  /** Usually the value, sometimes something that does not belong there. */
  private maybe(value: unknown): unknown {
    return this.chance(0.02) ? this.pick(ODD) : value;
  }

  private garbled(bag: Bag): never {
    return Object.fromEntries(Object.entries(bag).map(([name, value]) => [name, this.maybe(value)])) as never;
  }

  private settings(share: number): Bag {
    return { ...PARAMS, min_data_in_leaf: 2, ...(this.chance(share) && this.pick(SETTINGS)) };
  }

  private data(columns: number, rows = 1 + this.index(60)) {
    const classes = this.index(4);
    const data = smallData({ rows, columns, seed: this.index(1e6), missing: 0.3, zeros: 0.3, classes });
    if (this.chance(0.3))
      data.label.forEach((value, row) => (data.label[row] = Math.floor(Math.abs(value) * 3)));
    if (this.chance(0.05)) data.matrix.fill(this.pick([Infinity, -Infinity, 1e300, 0, NaN]));
    return data;
  }

  /** A dataset's options; those of a reference or a model usually fit it. */
  private options(): Bag & { columns: number } {
    const reference = this.chance(0.5) ? this.pick(this.datasets) : undefined;
    const initModel = this.chance(0.15) ? this.pick(this.boosters) : undefined;
    const fitting = reference?.columns ?? initModel?.features;
    const columns = fitting !== undefined && this.chance(0.9) ? fitting : 1 + this.index(4);
    return {
      columns,
      params: this.settings(0.4),
      ...(this.chance(0.3) && { featureNames: ['a', 'b', 'c', 'd'].slice(0, columns) }),
      ...(this.chance(0.2) && { categoricalFeatures: [0] }),
      ...(reference !== undefined && { reference }),
      ...(initModel !== undefined && { initModel }),
    };
  }

  /** A signal that is aborted before, while or after the training runs, and a callback that may throw. */
  private listeners(): Bag {
    const abort = new AbortController();
    const reason = new NativeError('ABORTED', { what: 'The caller has had enough.', fix: 'None.' });
    if (this.chance(0.2)) abort.abort(reason);
    else setTimeout(() => abort.abort(reason), this.index(4));
    const onProgress = (): void => {
      if (this.chance(0.1)) throw reason;
    };
    return { signal: abort.signal, onProgress };
  }

  private readonly moves: Readonly<Record<string, () => Promise<unknown>>> = {
    fromMatrix: async () => {
      const options = this.options();
      const { matrix, label } = this.data(options.columns);
      const weight = this.chance(0.1) ? label.map(Math.abs) : undefined;
      this.datasets.push(await Dataset.fromMatrix(this.garbled({ ...options, matrix, label, weight })));
    },
    startBlocks: async () => {
      const options = this.options();
      const { matrix } = this.data(options.columns);
      const rows = 1 + this.index(30);
      const sample = options['reference'] === undefined ? matrix : null;
      const blocks = await Dataset.startBlocks(this.garbled({ ...options, rows, sample }));
      this.fillings.push({ blocks, columns: options.columns, rows });
    },
    push: async () => {
      const { blocks, columns, rows } = this.pick(this.fillings);
      const width = this.chance(0.9) ? columns : 1 + this.index(4);
      await blocks.push(this.maybe(this.data(width, this.chance(0.5) ? rows : 1).matrix) as Float64Array);
    },
    finish: async () => {
      const { blocks, rows } = this.pick(this.fillings);
      const { label } = this.data(1, this.chance(0.9) ? rows : 3);
      this.datasets.push(await blocks.finish(this.garbled({ label })));
    },
    sampleRows: () =>
      Dataset.sampleRows(this.maybe(this.index(100)) as number, this.maybe(this.settings(0.5)) as never),
    train: async () => {
      const dataset = this.pick(this.datasets);
      const fitting = this.datasets.filter(({ bins }) => bins === dataset.bins);
      const valid = this.chance(0.7) ? this.pick(this.chance(0.8) ? fitting : this.datasets) : undefined;
      const metric = this.pick<unknown>(['ic', 'rmse', ['rmse', 'ic'], 'l1', 'nonsense']);
      const earlyStopping = { metric: this.maybe(metric), rounds: this.maybe(2) };
      const { booster } = await train(
        this.garbled({
          params: this.settings(0.3),
          train: dataset,
          valid,
          rounds: 1 + this.index(4),
          earlyStopping: valid !== undefined && this.chance(0.5) ? earlyStopping : undefined,
          measureIc: valid !== undefined && this.chance(0.3),
          ...(this.chance(0.3) && this.listeners()),
        }),
      );
      this.boosters.push(booster);
    },
    predict: async () => {
      const booster = this.pick(this.boosters);
      const kind = this.pick(['value', 'raw', 'leaf', 'contribution'] as const);
      const { matrix, columns } = this.data(this.chance(0.9) ? booster.features : 3);
      const range = { startIteration: this.index(5), iterations: 1 + this.index(5) };
      await booster.predict(this.garbled({ matrix, columns, kind, ...(this.chance(0.5) && range) }));
    },
    spearman: async () => {
      const { matrix, label } = this.data(1);
      const shorter = this.chance(0.1) ? label.subarray(1) : label;
      spearmanIc(this.maybe(matrix) as never, this.maybe(Float32Array.from(shorter)) as never);
    },
    together: async () => {
      const booster = this.pick(this.boosters);
      if (booster === undefined || this.datasets.length === 0) throw new TypeError('nothing to pick');
      const starts = [
        () => this.moves['train']!(),
        () => booster.predict(this.data(booster.features)),
        () => booster.modelText(),
        () => this.moves['fromMatrix']!(),
        () => this.moves['dispose']!(),
      ];
      const ends = await Promise.allSettled(starts.map(async (start): Promise<unknown> => start()));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    fromString: async () => {
      const text = await this.pick(this.boosters).modelText(this.maybe(undefined) as number);
      const cut = this.chance(0.3) ? text.slice(this.index(text.length)) : text;
      this.boosters.push(await Booster.fromString(this.maybe(cut) as string));
    },
    importance: () =>
      this.pick(this.boosters).featureImportance(
        this.pick(['gain', 'split']),
        this.maybe(undefined) as number,
      ),
    dispose: async () =>
      this.drop(this.pick([this.datasets, this.boosters, this.fillings]), this.chance(0.2)),
  };

  /** Disposes one of these; with `keep` it stays among them, for calls after its end. */
  private drop(owners: (Owner | Filling)[], keep: boolean): void {
    if (owners.length === 0) return;
    const at = this.index(owners.length);
    const owner = owners[at]!;
    ('blocks' in owner ? owner.blocks : owner).dispose();
    if (!keep) owners.splice(at, 1);
  }

  async call(): Promise<void> {
    for (const owners of [this.datasets, this.boosters, this.fillings]) {
      if (owners.length > 8) this.drop(owners, false);
    }
    const move = this.pick(Object.keys(this.moves));
    try {
      await this.moves[move]!();
      this.answered.set(move, (this.answered.get(move) ?? 0) + 1);
    } catch (error) {
      const nothingToPick = [this.datasets, this.boosters, this.fillings].some(({ length }) => length === 0);
      if (!(error instanceof NativeError || (nothingToPick && error instanceof TypeError))) throw error;
      this.refused += 1;
    }
  }

  end(): void {
    for (const owner of [...this.datasets, ...this.boosters]) owner.dispose();
    for (const { blocks } of this.fillings) blocks.dispose();
  }
}

const [calls, seed] = process.argv.slice(2).map(Number) as [number, number];
openLibrary();
const caller = new Caller(seed);
for (let call = 0; call < calls; call += 1) await caller.call();
caller.end();
process.stdout.write(
  JSON.stringify({ answered: Object.fromEntries(caller.answered), refused: caller.refused }),
);
