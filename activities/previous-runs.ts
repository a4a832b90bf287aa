/** What the nodes of earlier runs were, for saying what changed since. */
import type { ProgramName } from '../lib/plan/node.js';
import type { NodePreimage } from '../lib/plan/preimage.js';
import type { FailedNode, NodePast, PreviousNode, RunIdentity } from '../lib/plan/resolve.js';
import type { RunFile, Storage } from '../lib/store/index.js';

/** How many runs back a node is looked for. */
const RUNS_BACK = 200;

interface Known {
  built: { program: string; key: string; run: RunIdentity } | null;
  failure: FailedNode | null;
}

/** Looks a node up in the newest run that had it; a run is read when no newer one knows the node. */
export function previousRuns(store: Storage): (id: string) => Promise<NodePast> {
  const index = new RunIndex(store);
  return async (id) => {
    const known = await index.find(id);
    return {
      last: await previousNode(store, known),
      failure: known?.failure ?? null,
      sawAllRuns: index.sawAll,
    };
  };
}

async function previousNode(store: Storage, known: Known | undefined): Promise<PreviousNode | null> {
  const built = known?.built ?? null;
  if (built === null) return null;
  const { program, key, run } = built;
  const past = await store.past(program as ProgramName, key);
  return {
    key,
    run,
    preimage: (past?.preimage ?? null) as NodePreimage | null,
    wallMs: past?.wallMs ?? null,
    left: past?.state ?? 'nothing',
  };
}

class RunIndex {
  private readonly known = new Map<string, Known>();
  private readonly runs: AsyncGenerator<RunFile>;
  private read = 0;
  /** Every run of the store was read. */
  sawAll = false;
  /** Readers take turns, so that each run is read once. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(store: Storage) {
    this.runs = store.newestRuns();
  }

  find(id: string): Promise<Known | undefined> {
    const found = this.turn.then(() => this.readUntil(id));
    this.turn = found.catch(() => undefined);
    return found;
  }

  private async readUntil(id: string): Promise<Known | undefined> {
    while (!this.known.get(id)?.built && this.read < RUNS_BACK) {
      const next = await this.runs.next();
      if (next.done) {
        this.read = RUNS_BACK;
        this.sawAll = true;
        break;
      }
      this.read += 1;
      this.take(next.value);
    }
    return this.known.get(id);
  }

  private take(run: RunFile): void {
    const { runId, workflowId, finishedAt } = run;
    for (const [id, { stage, key, status, error }] of Object.entries(run.nodes)) {
      const known = this.known.get(id);
      if (status === 'failed') {
        if (known === undefined)
          this.known.set(id, { built: null, failure: { key, message: error ?? 'unknown' } });
      } else if (key !== null && !known?.built) {
        const built = { program: stage, key, run: { runId, workflowId, finishedAt } };
        this.known.set(id, { built, failure: known?.failure ?? null });
      }
    }
  }
}
