/** Compiles a checked formula to column operations. */
import { ConfigError } from '../../errors.js';
import type { ColumnPlanBuilder, PlannedColumn, StepRun } from '../column-plan.js';
import { barsOf, columnArgs } from './check-formula.js';
import { emaRunInBars, exponentialAverage } from './ema.js';
import type { Formula, FormulaCall } from './formula.js';
import { bindNumber, numberKey } from './bound-operations.js';
import { POINTWISE } from './pointwise.js';
import { WINDOWS } from './window-operations.js';

/**
 * The column of a name, looked at from up to `reachBars` bars before the month's start (1 for the
 * month's own rows).
 */
export type ColumnResolver = (name: string, reachBars: number) => PlannedColumn;

/** More visits of formula parts than any sensible definition needs; references can multiply them. */
const MAX_VISITS = 500_000;

/** Plans formulas into a builder; names are the resolver's business. */
export class FormulaPlanner {
  private visits = 0;

  constructor(
    private readonly builder: ColumnPlanBuilder,
    private readonly resolve: ColumnResolver,
  ) {}

  /** The column of `formula` for rows from `reachBars` bars before the month's start on. */
  plan(formula: Formula, reachBars: number): PlannedColumn {
    this.countVisit();
    if (formula.kind === 'number') return this.planConstant(formula.value);
    if (formula.kind === 'name') return this.resolve(formula.name, reachBars);
    if (POINTWISE[formula.name] !== undefined) return this.planPointwise(formula, reachBars);
    if (formula.name === 'lag') return this.planLag(formula.args[0]!, barsOf(formula), reachBars);
    if (formula.name === 'diff') return this.planDifference(formula, reachBars);
    if (formula.name === 'ema') return this.planAverage(formula, reachBars);
    return this.planWindow(formula, reachBars);
  }

  private planConstant(value: number): PlannedColumn {
    const run: StepRun = (_frame, _inputs, [output]) => output!.fill(value);
    return this.addStep(`constant ${numberKey(value)}`, [], { run, firstBar: 0, writesAll: true });
  }

  private planPointwise(call: FormulaCall, reachBars: number): PlannedColumn {
    const bound = bindNumber(call.name, call.args);
    const inputs = (bound?.args ?? call.args).map((arg) => this.plan(arg, reachBars));
    const run = bound?.run ?? POINTWISE[call.name]!.run;
    return this.addStep(bound?.name ?? call.name, inputs, {
      run: (_frame, columns, [output]) => run(columns, output!),
      firstBar: Math.max(...inputs.map(({ firstBar }) => firstBar)),
      writesAll: true,
    });
  }

  private planLag(arg: Formula, bars: number, reachBars: number): PlannedColumn {
    const input = this.plan(arg, reachBars + bars);
    if (bars === 0) return input;
    return this.addStep(`lag ${bars}`, [input], {
      run: ({ segments }, [column], [output]) => {
        for (const { start, end } of segments) {
          if (end - start > bars) output!.set(column!.subarray(start, end - bars), start + bars);
        }
      },
      firstBar: input.firstBar + bars,
    });
  }

  private planDifference(call: FormulaCall, reachBars: number): PlannedColumn {
    const [arg] = call.args;
    const now = this.plan(arg!, reachBars);
    const before = this.planLag(arg!, barsOf(call), reachBars);
    const { run } = POINTWISE['subtract']!;
    return this.addStep('subtract', [now, before], {
      run: (_frame, columns, [output]) => run(columns, output!),
      firstBar: before.firstBar,
      writesAll: true,
    });
  }

  private planWindow(call: FormulaCall, reachBars: number): PlannedColumn {
    const windowBars = barsOf(call);
    const inputs = columnArgs(call).map((arg) => this.plan(arg, reachBars + windowBars - 1));
    const { run } = WINDOWS[call.name]!;
    return this.addStep(`${call.name} ${windowBars}`, inputs, {
      run: ({ ordinalOf, segments }, columns, [output]) => {
        for (const segment of segments) run({ ordinalOf, segment, windowBars }, columns, output!);
      },
      firstBar: Math.max(...inputs.map(({ firstBar }) => firstBar)) + windowBars - 1,
    });
  }

  /** An average remembers everything since its cold start, which so belongs to what it is. */
  private planAverage(call: FormulaCall, reachBars: number): PlannedColumn {
    const windowBars = barsOf(call);
    const coldStartBars = emaRunInBars(windowBars) - 1 + reachBars;
    const input = this.plan(call.args[0]!, coldStartBars);
    return this.addStep(`ema ${windowBars} from ${coldStartBars}`, [input], {
      coldStartBars,
      run: ({ segments }, [column], [output]) => {
        for (const segment of segments) exponentialAverage(column!, segment, windowBars, output!);
      },
      firstBar: input.firstBar + windowBars - 1,
    });
  }

  private addStep(
    name: string,
    inputs: readonly PlannedColumn[],
    step: { run: StepRun; firstBar: number; coldStartBars?: number; writesAll?: boolean },
  ): PlannedColumn {
    const slots = inputs.map(({ slot }) => slot);
    const [slot] = this.builder.step(`${name} of ${slots.join()}`, 1, () => ({
      inputs: slots,
      coldStartBars: step.coldStartBars ?? null,
      writesAll: step.writesAll ?? false,
      run: step.run,
    }));
    return { slot: slot!, firstBar: step.firstBar };
  }

  private countVisit(): void {
    if (++this.visits <= MAX_VISITS) return;
    throw new ConfigError('FORMULAS_TOO_LARGE', {
      what: 'The formulas refer to each other too often to be compiled.',
      fix: 'Make them smaller.',
    });
  }
}
