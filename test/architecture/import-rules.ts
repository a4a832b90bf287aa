/** Who may import whom. An edge that no rule of its folder allows is forbidden. */
import { builtinModules } from 'node:module';
import type { ImportEdge } from './module-graph.js';

/** Imports that a place may have: files or packages by pattern; `types` only by `import type`. */
interface Allowance {
  readonly files?: readonly RegExp[];
  readonly packages?: readonly RegExp[];
  readonly types?: readonly RegExp[];
}

interface Rule {
  /** Files that the rule is about; the first rule that fits decides. */
  readonly from: RegExp;
  /** `true` where built-ins of Node are allowed. */
  readonly node: boolean;
  readonly may: (from: RegExpMatchArray) => Allowance;
}

const ERRORS = /^lib\/errors\.ts$/;
const BARS = /^lib\/bars\//;
const TABLES = /^lib\/store\/table\.ts$/;
const CONFIG = /^lib\/config\//;
/** Beside types the list of stages, which names them at run time. */
const CONFIG_TYPES = /^lib\/config\/types\.ts$/;
/** Archives are read by one piece of code. */
const ZIP = /^lib\/market\/zip\.ts$/;
const QUEUES = /^lib\/config\/task-queues\.ts$/;
const ANY_LIB = /^lib\//;
const ANY_PACKAGE = /^(?!@temporalio\/|commander$|log-update$)/;
const TEMPORAL_CLIENT = /^@temporalio\/(client|common|envconfig)$/;

const folder = (name: string): RegExp => new RegExp(`^${name}/`);

/** What a stage of lib may know beside its own folder. */
const libAllowance = (name: string): Allowance => ({
  files: [folder(`lib/${name}`), ERRORS, BARS, TABLES, CONFIG_TYPES],
  packages: [ANY_PACKAGE],
  types: [CONFIG],
});

export const RULES: readonly Rule[] = [
  { from: /^lib\/errors\.ts$/, node: false, may: () => ({}) },
  {
    from: /^lib\/bars\//,
    node: true,
    may: () => ({ files: [BARS, ERRORS, TABLES], packages: [ANY_PACKAGE] }),
  },
  // model is the one part of lib that wraps the addon.
  {
    from: /^lib\/(model)\//,
    node: true,
    may: ([, name]) => ({
      ...libAllowance(name!),
      files: [...libAllowance(name!).files!, folder('native')],
    }),
  },
  { from: /^lib\/([^/]+)\//, node: true, may: ([, name]) => libAllowance(name!) },
  {
    from: /^native\//,
    node: true,
    may: () => ({ files: [folder('native'), ERRORS], packages: [ANY_PACKAGE], types: [ANY_LIB] }),
  },
  {
    from: /^workflows\//,
    node: false,
    may: () => ({
      files: [folder('workflows'), QUEUES],
      packages: [/^@temporalio\/workflow$/],
      types: [folder('activities'), ANY_LIB],
    }),
  },
  {
    from: /^activities\//,
    node: true,
    may: () => ({
      files: [folder('activities'), ANY_LIB, folder('native')],
      packages: [ANY_PACKAGE, /^@temporalio\/(activity|common|client)$/],
    }),
  },
  {
    from: /^simulator\//,
    node: true,
    may: () => ({ files: [folder('simulator'), BARS, ERRORS, ZIP], packages: [ANY_PACKAGE] }),
  },
  // `simulate` starts the simulator; `up` starts processes and imports nothing of them.
  {
    from: /^commands\/(simulate)\.ts$/,
    node: true,
    may: () => ({
      files: [folder('commands'), CONFIG, ERRORS, folder('simulator')],
      packages: [/^commander$/],
    }),
  },
  {
    from: /^commands\//,
    node: true,
    may: () => ({
      files: [folder('commands'), CONFIG, BARS, ERRORS, folder('lib/plan'), folder('lib/store')],
      packages: [TEMPORAL_CLIENT, /^(commander|log-update|zod)$/],
      types: [folder('activities'), folder('workflows'), /^lib\/(backtest|evaluation)\/types\.ts$/],
    }),
  },
  {
    from: /^client\.ts$/,
    node: false,
    may: () => ({ files: [folder('commands')], packages: [/^commander$/] }),
  },
  {
    from: /^worker\.ts$/,
    node: true,
    may: () => ({
      files: [folder('activities'), folder('commands'), ANY_LIB, folder('native')],
      packages: [ANY_PACKAGE, TEMPORAL_CLIENT, /^@temporalio\/worker$/],
    }),
  },
];

/** Why an edge is forbidden; null when it is not. */
export function whyForbidden(edge: ImportEdge): string | null {
  for (const { from, node, may } of RULES) {
    const match = from.exec(edge.from);
    if (match === null) continue;
    return isAllowed(edge, node, may(match)) ? null : describeEdge(edge);
  }
  return `${edge.from} stands in no folder that has an import rule`;
}

function isAllowed({ to, kind, typeOnly }: ImportEdge, node: boolean, allowance: Allowance): boolean {
  const fits = (patterns: readonly RegExp[] = []): boolean => patterns.some((pattern) => pattern.test(to));
  if (typeOnly && fits(allowance.types)) return true;
  if (kind === 'file') return fits(allowance.files);
  return isBuiltIn(to) ? node : fits(allowance.packages);
}

function isBuiltIn(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function describeEdge({ from, to, typeOnly, line }: ImportEdge): string {
  return `${from}:${line} imports ${typeOnly ? 'types of ' : ''}${to}`;
}
