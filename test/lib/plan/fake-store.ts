/** A store in memory for tests of the plan: what a node computes is a hash of what it was given. */
import { createHash } from 'node:crypto';
import { dependenciesOf, type KnownRecord, type PlanNode, type ProgramName } from '../../../lib/plan/node.js';
import { preimageOf, type CodeIdentity, type NodePreimage } from '../../../lib/plan/preimage.js';
import type { Reason } from '../../../lib/plan/reasons.js';
import type { LookupAnswer, ResolveSources } from '../../../lib/plan/resolve.js';
import { graph } from './fixtures.js';

/** A digest of a value, as good as a key. */
export const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex');
const OUTPUTS = [
  'bars',
  'quality',
  'rows',
  'summary',
  'model',
  'validation',
  'predictions',
  'evaluation',
  'backtest',
  'equity',
];

const RUN = { runId: 'r', workflowId: 'w', finishedAt: '2023-05-01T00:00:00Z' };

/** A store in memory whose "computation" is a hash of the preimage's inputs and parameters. */
export class FakeStore {
  readonly records = new Map<string, { record: KnownRecord; preimage: NodePreimage }>();
  readonly last = new Map<string, string>();
  readonly failures = new Map<string, { key: string; message: string }>();
  /** Keys whose records or bytes are gone, and how. */
  readonly lost = new Map<string, Reason>();
  /** Nodes whose preimage's bytes are gone while the record stands. */
  readonly withoutPreimage = new Set<string>();
  impl: (program: string) => string = () => 'v1';
  codeOf: (program: ProgramName) => CodeIdentity = (program) => ({ impl: this.impl(program), env: {} });
  /** What a program's output bytes depend on; a rewrite of the code need not change them. */
  bytesOf: (preimage: NodePreimage) => unknown = ({ params, inputs, impl }) => [params, inputs, impl];
  daysOf: (node: PlanNode) => { day: string; digest: string }[] = () => [];

  sources(): ResolveSources {
    return {
      keyOf: (preimage) => hash(preimage),
      lookupMany: async (wanted) =>
        wanted.map(({ key }): LookupAnswer => {
          const found = this.records.get(key);
          if (this.lost.has(key) || !found)
            return { state: 'miss', reason: this.lost.get(key) ?? 'NEVER_BUILT' };
          return { state: 'hit', record: found.record };
        }),
      past: async (id) => {
        const key = this.last.get(id) ?? '';
        const found = this.records.get(key);
        const preimage = found && this.withoutPreimage.has(id) ? null : (found?.preimage ?? null);
        const last = found ? { key, run: RUN, preimage, wallMs: 10, left: 'built' as const } : null;
        return { last, failure: this.failures.get(id) ?? null, sawAllRuns: true };
      },
      codeOf: (program) => this.codeOf(program),
    };
  }

  /** True where several nodes of the last run had this key: only the first of them computed it. */
  sharedKey(key: string): boolean {
    return [...this.last.values()].filter((each) => each === key).length > 1;
  }

  /** Runs all that is stale, as the workflow does; answers the ids that ran. */
  run(nodes: readonly PlanNode[]): string[] {
    const records = new Map<string, KnownRecord>();
    const ran: string[] = [];
    for (const node of nodes) {
      const inputs = new Map(dependenciesOf(node).map((id) => [id, records.get(id)!]));
      const preimage = preimageOf(node, inputs, this.codeOf(node.program));
      const key = hash(preimage);
      if (!this.records.has(key)) {
        ran.push(node.id);
        const bytes = hash(this.bytesOf(preimage));
        const outputs = OUTPUTS.map((name) => ({
          name,
          digest: `sha256:${hash([bytes, name])}`,
          days: this.daysOf(node),
        }));
        this.records.set(key, { preimage, record: { key, outputs, cost: { wallMs: 10 } } });
      }
      records.set(node.id, this.records.get(key)!.record);
      this.last.set(node.id, key);
    }
    return ran;
  }
}

/** A store in which the small graph ran. */
export function built(codeOf?: FakeStore['codeOf']): FakeStore {
  const store = new FakeStore();
  if (codeOf !== undefined) store.codeOf = codeOf;
  store.daysOf = (node) =>
    node.program === 'klines' || node.program === 'features'
      ? Array.from({ length: 31 }, (_, day) => ({
          day: `${String(node.params.month)}-${String(day + 1).padStart(2, '0')}`,
          digest: hash([
            node.params.symbol,
            node.program,
            day,
            JSON.stringify(node.params.definition ?? null),
          ]),
        }))
      : [];
  store.run(graph());
  return store;
}
