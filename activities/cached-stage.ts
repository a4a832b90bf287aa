/** A stage as an activity: find its record, or compute it once and publish it. */
import { hostname } from 'node:os';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Stage } from '../lib/config/types.js';
import { dependenciesOf, stageOf, type KnownRecord, type PlanNode } from '../lib/plan/node.js';
import { outputOf, preimageOf } from '../lib/plan/preimage.js';
import { InvariantError, StoreIntegrityError } from '../lib/errors.js';
import { actionKey, type ActionRecord, type Preimage } from '../lib/store/index.js';
import type { StageAnswer, StageRequest } from './contract.js';
import type { ActivityDependencies, ProgramWatch } from './dependencies.js';
import { checkCode, checkKey } from './agreement.js';
import { attemptMemory, memoryAfter, toFailure, tryAgain, type AttemptMemory } from './failures.js';
import { loadPages, loadPlan, planNode, type LoadedPlan, type OutcomePage } from './load-plan.js';
import { currentRun } from './host/current-run.js';
import { currentHolder } from './host/lease-holder.js';
import type { InputFile, JsonObject, ProgramJob } from './programs/program.js';
import type { PreviousBars } from '../lib/plan/graph-input.js';

/**
 * Beat of the heartbeat; the server waits for ten seconds before it calls a worker dead. A cancellation comes
 * with the answer to a beat, so this bounds how long a cancelled training goes on.
 */
const BEAT_MS = 700;
/** A lease may be taken over when it was not renewed for half a minute. */
const RENEW_MS = 5000;
/** Wait before looking again at a key that another run computes. */
const LEASED_WAIT_MS = 1500;

/** Computes one node of a plan, or finds it computed. */
export async function runStage(
  dependencies: ActivityDependencies,
  request: StageRequest,
): Promise<StageAnswer> {
  const memory = attemptMemory();
  const work = new StageAttempt(dependencies, request, memory);
  try {
    return await work.run();
  } catch (thrown) {
    if (Context.current().cancellationSignal.aborted)
      throw new CancelledFailure('stopped on request', [], toError(thrown));
    Context.current().heartbeat({ node: request.node, ...memoryAfter(thrown, memory) });
    throw toFailure(thrown, memory, { details: { key: work.key } });
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

class StageAttempt {
  private readonly startedMs = Date.now();
  private detail: JsonObject = {};
  /** Known as soon as the inputs are. */
  key: string | null = null;

  constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly request: StageRequest,
    private readonly memory: AttemptMemory,
  ) {}

  async run(): Promise<StageAnswer> {
    this.beat();
    const plan = await loadPlan(this.dependencies.store, this.request.plan);
    const node = planNode(plan, this.request.node);
    const code = this.dependencies.codeOf(node.program);
    checkCode(plan, node, code);
    const records = await this.inputRecords(plan, node);
    const preimage = preimageOf(node, records, code) as Preimage;
    const key = actionKey(preimage);
    this.key = key;
    checkKey(this.request, key);
    const found = await this.find(node, key);
    if (found !== null) {
      await this.dependencies.store.keepPreimage(preimage);
      return this.answer(found, { status: 'hit', diverged: false, wallMs: 0 });
    }
    if (plan.drawn.has(node.id)) this.dependencies.expectFigures?.();
    return this.compute(node, { preimage, key, records });
  }

  /** The records of all inputs; one that is missing or broken is named, so that it can be rebuilt. */
  private async inputRecords(plan: LoadedPlan, node: PlanNode): Promise<Map<string, ActionRecord>> {
    const { store } = this.dependencies;
    const pages = await loadPages(store, this.request.pages);
    const wanted = dependenciesOf(node).map((id) => ({
      id,
      stage: planNode(plan, id).program,
      key: this.keyOfInput(plan, pages, id),
    }));
    const answers = await store.lookupMany(wanted);
    const records = new Map<string, ActionRecord>();
    wanted.forEach(({ id, stage }, index) => {
      const found = answers[index]!;
      if (found.state === 'hit') records.set(id, found.record);
      else throw brokenNode({ node: id, stage: stageOf({ program: stage }) }, found.reason);
    });
    return records;
  }

  private keyOfInput(plan: LoadedPlan, pages: readonly OutcomePage[], id: string): string {
    const outcome = pages.find((page) => page[id] !== undefined)?.[id];
    const key = this.request.keys[id] ?? outcome?.key ?? plan.keys[id];
    if (outcome?.status === 'failed' || outcome?.status === 'blocked') throw blockedBy(id);
    if (key !== undefined) return key;
    throw new InvariantError('INPUT_UNKNOWN', {
      what: `${this.request.node} was started before ${id} was there.`,
      fix: 'This is a bug of minute-alpha: please report it with the run.',
    });
  }

  private async find(node: PlanNode, key: string): Promise<ActionRecord | null> {
    if (node.forced && currentRun().attempt === 1) return null;
    const found = await this.dependencies.store.lookup(node.program, key);
    if (found.state !== 'hit') return null;
    // A forced node is found again only when this very run computed it before a crash.
    return node.forced && found.record.by.runId !== currentRun().runId ? null : found.record;
  }

  private async compute(node: PlanNode, identity: ComputedIdentity): Promise<StageAnswer> {
    const lease = await this.dependencies.store.acquireLease(identity.key, currentHolder());
    if (lease.state === 'held') {
      throw tryAgain(
        'ComputedElsewhere',
        `${node.id} is being computed by ${lease.by.workflowId}.`,
        LEASED_WAIT_MS,
      );
    }
    const beat = setInterval(() => this.beat(), BEAT_MS);
    // A renewal that fails is one that is missing.
    const renewal = setInterval(() => void lease.lease.renew().catch(() => false), RENEW_MS);
    try {
      return await this.computeAndPublish(node, identity);
    } finally {
      clearInterval(beat);
      clearInterval(renewal);
      await lease.lease.release();
    }
  }

  private async computeAndPublish(
    node: PlanNode,
    { preimage, key, records }: ComputedIdentity,
  ): Promise<StageAnswer> {
    const { store, runner, host } = this.dependencies;
    const attempt = await store.begin(node.program, key);
    try {
      const job: ProgramJob<unknown> = {
        params: { ...node.params, ...node.hints },
        inputs: {
          ...(await inputFiles(node, records, (digest) => store.localFile(digest))),
          ...(await previousBars(node, (digest) => store.localFile(digest))),
        },
        outDir: attempt.dir,
        host,
      };
      const watch: ProgramWatch = {
        signal: Context.current().cancellationSignal,
        onProgress: (detail) => (this.detail = detail),
      };
      const { result, cost } = await attempt.writing(() => runner.run(node.program, job, watch));
      const { record, outcome } = await attempt.publish({
        preimage,
        outputs: result.outputs,
        facts: result.facts,
        cost,
        by: this.provenance(),
      });
      return this.answer(record, { status: 'ran', diverged: outcome === 'diverged', wallMs: cost.wallMs });
    } catch (thrown) {
      await attempt.abandon();
      throw await this.namingBrokenInput(thrown, records);
    }
  }

  /** A program knows only bytes; here the digest that failed becomes the node to rebuild. */
  private async namingBrokenInput(
    thrown: unknown,
    records: ReadonlyMap<string, KnownRecord>,
  ): Promise<unknown> {
    if (!(thrown instanceof StoreIntegrityError)) return thrown;
    const digest = thrown.details.digest;
    if (typeof digest !== 'string') return thrown;
    const owner = [...records].find(([, { outputs }]) => outputs.some((output) => output.digest === digest));
    if (owner === undefined) return thrown;
    await this.dependencies.store.quarantine(digest, thrown.what);
    const plan = await loadPlan(this.dependencies.store, this.request.plan);
    const stage = stageOf(planNode(plan, owner[0]));
    return brokenNode({ node: owner[0], stage }, thrown.what);
  }

  private provenance(): ActionRecord['by'] {
    const { workflowId, runId, attempt } = currentRun();
    return {
      workflowId,
      runId,
      attempt,
      host: hostname(),
      startedAt: new Date(this.startedMs).toISOString(),
    };
  }

  private answer(
    record: ActionRecord,
    end: Pick<StageAnswer, 'status' | 'diverged' | 'wallMs'>,
  ): StageAnswer {
    return { key: record.key, facts: record.facts as JsonObject, ...end };
  }

  private beat(): void {
    Context.current().heartbeat({
      node: this.request.node,
      unanswered: this.memory.unanswered,
      ...this.detail,
    });
  }
}

interface ComputedIdentity {
  readonly preimage: Preimage;
  readonly key: string;
  readonly records: ReadonlyMap<string, ActionRecord>;
}

function brokenNode(owner: { node: string; stage: Stage }, reason: string): StoreIntegrityError {
  return new StoreIntegrityError('STORED_OUTPUT_BROKEN', {
    what: `The stored output of ${owner.node} cannot be used: ${reason}.`,
    fix: 'It is set aside and computed again.',
    details: { ...owner },
  });
}

/** The bars before a recheck: a hint, so they are no input of the key, and may be gone. */
async function previousBars(
  node: PlanNode,
  localFile: (digest: string) => Promise<string>,
): Promise<Record<string, InputFile[]>> {
  const previous = node.hints.previous as unknown as PreviousBars | null | undefined;
  if (!previous) return {};
  const { digest } = previous;
  try {
    const path = await localFile(digest);
    return { previous: [{ node: node.id, output: 'bars', path, digest, rows: null }] };
  } catch (thrown) {
    if (thrown instanceof StoreIntegrityError) return {};
    throw thrown;
  }
}

/** An input failed in a child workflow of the same run: this node is blocked, not failed. */
function blockedBy(node: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'InputFailed',
    message: `${node} failed.`,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
}

async function inputFiles(
  node: PlanNode,
  records: ReadonlyMap<string, KnownRecord>,
  localFile: (digest: string) => Promise<string>,
): Promise<Record<string, InputFile[]>> {
  const files: Record<string, InputFile[]> = {};
  for (const input of node.inputs) {
    files[input.name] = await Promise.all(
      input.nodes.map(async (id) => {
        const { digest, rows } = outputOf(input, id, records);
        return { node: id, output: input.output, path: await localFile(digest), digest, rows: rows ?? null };
      }),
    );
  }
  return files;
}
