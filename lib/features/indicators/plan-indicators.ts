/** Checks the `indicators` of a definition and plans their columns. */
import { RECURSION_BARS, type ColumnPlanBuilder, type PlannedColumn } from '../column-plan.js';
import { suggestName, type DefinitionProblems, type IndicatorRequest } from '../definition.js';
import { nameProblem } from '../registry.js';
import { CATALOGUE, NO_COLUMNS, REMEMBERING, type CatalogueEntry } from './catalogue.js';
import {
  outputCount,
  streamSegment,
  SWITCHES,
  type ConfiguredEntry,
  type IndicatorLibrary,
} from './indicator-stream.js';
import { probeIndicator, type Probe } from './probe.js';

/** An admitted request: its columns in order, and how it runs. */
export interface AdmittedIndicator {
  readonly columns: readonly string[];
  readonly configured: ConfiguredEntry;
  readonly probe: Probe;
}

/**
 * The admitted requests, in the config's order; what is wrong with the others goes to `problems`.
 * A name belongs to one feature, with or without a column of just that name: beside `stochastic.k` nothing
 * else is called `stochastic`.
 * @param taken names of other columns
 */
export function admitIndicators(
  library: IndicatorLibrary,
  requests: readonly IndicatorRequest[],
  taken: readonly string[],
  problems: DefinitionProblems,
): AdmittedIndicator[] {
  const names = new Set(taken);
  return requests.flatMap((request, index) => {
    const path = `indicators[${index}]`;
    const entry = findEntry(request.name, path, problems);
    const params = entry === null ? null : readParams(entry, request, path, problems);
    if (entry === null || params === null) return [];
    const columns = indicatorColumns(entry, request.as ?? null);
    const prefix = request.as ?? entry.name;
    const problem = names.has(prefix)
      ? 'is taken by another feature: set "as" to another prefix'
      : nameProblem(prefix);
    if (problem !== null) problems.add({ path, text: `has the name "${prefix}", which ${problem}` });
    names.add(prefix);
    const configured = { entry, params };
    const probe = problems.attempt(path, () => probeIndicator(library, configured));
    if (probe === null) return [];
    if (probe.refusal === null) return [{ columns, configured, probe }];
    problems.add({
      path,
      text: `${entry.name} with ${JSON.stringify(params)} ${probe.refusal}: ${insteadOf(entry)}.`,
    });
    return [];
  });
}

/**
 * Column names of an entry: its prefix (`as`, or its name), and for several outputs the prefix, a dot and
 * the output in small letters; an output called like the entry is the prefix alone (macd, macd.signal,
 * macd.histogram).
 */
export function indicatorColumns(entry: CatalogueEntry, as: string | null): string[] {
  const prefix = as ?? entry.name;
  if (entry.outputs === null) return [prefix];
  return entry.outputs.map((output) => {
    const name = output.toLowerCase();
    return name === entry.name ? prefix : `${prefix}.${name}`;
  });
}

function insteadOf({ name }: CatalogueEntry): string {
  const builtIn = REMEMBERING[name] ?? null;
  return builtIn === null ? 'leave it out' : `use the built-in feature "${builtIn}"`;
}

function findEntry(name: string, path: string, problems: DefinitionProblems): CatalogueEntry | null {
  const entry = CATALOGUE.get(name);
  if (entry !== undefined) return entry;
  const reason = Object.hasOwn(NO_COLUMNS, name) ? NO_COLUMNS[name] : undefined;
  const text =
    reason === undefined
      ? `"${name}" is no indicator; ${suggestName(name, [...CATALOGUE.keys()])}`
      : `"${name}" ${reason}.`;
  problems.add({ path, text });
  return null;
}

/** All parameters, the defaults where the request has none; null where one is wrong. */
function readParams(
  entry: CatalogueEntry,
  request: IndicatorRequest,
  path: string,
  problems: DefinitionProblems,
): Record<string, number> | null {
  const known = Object.keys(entry.params);
  const faults = Object.entries(request.params ?? {}).flatMap(([name, value]) => {
    const fault = paramFault(name, value, known);
    return fault === null ? [] : [{ path: `${path}.params.${name}`, text: fault }];
  });
  faults.forEach((fault) => problems.add(fault));
  return faults.length > 0 ? null : { ...entry.params, ...request.params };
}

function paramFault(name: string, value: number, known: readonly string[]): string | null {
  if (!known.includes(name)) {
    return known.length === 0
      ? 'is no parameter: this indicator has none.'
      : `is no parameter; ${suggestName(name, known)}`;
  }
  if (SWITCHES.includes(name)) return value === 0 || value === 1 ? null : `is ${value}: write 0 or 1.`;
  const isCount = /per(iod|\d)$|^displacement$/i.test(name);
  const isSound = isCount ? Number.isInteger(value) && value >= 1 : Number.isFinite(value) && value > 0;
  if (isSound) return null;
  return `is ${value}: write a ${isCount ? 'whole number of bars, at least 1' : 'finite number above 0'}.`;
}

/** Plans one column of an admitted indicator, a recursion like any other. */
export function planIndicator(
  builder: ColumnPlanBuilder,
  library: IndicatorLibrary,
  { indicator, output }: { indicator: AdmittedIndicator; output: number },
  reachBars: number,
): PlannedColumn {
  const { configured, probe } = indicator;
  const coldStartBars = RECURSION_BARS - 1 + reachBars;
  builder.require(coldStartBars);
  const key = `indicator ${JSON.stringify([configured.entry.name, configured.params])} ${coldStartBars}`;
  const slots = builder.step(key, outputCount(configured.entry), () => ({
    inputs: [],
    coldStartBars,
    run: ({ bars, segments }, _inputs, outputs) => {
      for (const segment of segments) {
        const over = { bars, segment, restarts: probe.restarts };
        streamSegment(library, configured, over, outputs);
      }
    },
  }));
  return { slot: slots[output]!, firstBar: probe.firstBars[output]! };
}
