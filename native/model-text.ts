/**
 * Checks a model's text before LightGBM reads it. LightGBM trusts what it reads: a child that is no node
 * or a feature beyond the last makes it read foreign memory when it predicts, and a word that is no number
 * throws inside a parallel loop, which ends the process.
 */
import { NativeError } from '../lib/errors.js';

/** `name=value` lines of the header or of a tree, and which it is, for the message. */
interface Section {
  readonly where: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Least and largest value allowed. */
type Range = readonly [number, number];

const HEADER = 'the header';
/** LightGBM reads at most this many lines of a tree. */
const MAX_TREE_LINES = 22;
const MAX_COUNT = 2 ** 24;
const CATEGORICAL_BIT = 1;
/** What LightGBM reads without complaint; a complaint in the loop over trees would end the process. */
const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NAMED_NUMBER = /^-?(nan|inf)$/i;

/**
 * @throws NativeError MODEL_INVALID naming the tree and the field
 */
export function checkModelText(text: string): void {
  if (/\0|\r(?!\n)|[\u2028\u2029]/.test(text)) throw invalid('it holds a character that no model file has');
  if (!/^tree\r?\n/.test(text)) throw invalid('its first line is not "tree"');
  const firstTree = text.search(/^Tree=/m);
  const header = sectionOf(HEADER, text.slice(0, firstTree < 0 ? undefined : firstTree).split(/\r?\n/));
  const features = checkHeader(header);
  const trees = treesIn(text, firstTree, header.fields.get('tree_sizes'));
  const perIteration = integer(header, 'num_class', [1, MAX_COUNT]);
  if (trees.length % perIteration !== 0) {
    throw invalid(`${trees.length} trees are no whole number of iterations of ${perIteration}`);
  }
  trees.forEach((lines, index) => checkTree(sectionOf(`tree ${index}`, lines), features));
}

/** Returns the number of features. */
function checkHeader(header: Section): number {
  const classes = integer(header, 'num_class', [1, MAX_COUNT]);
  const { fields } = header;
  if (
    fields.has('num_tree_per_iteration') &&
    integer(header, 'num_tree_per_iteration', [1, MAX_COUNT]) !== classes
  ) {
    throw invalid('num_tree_per_iteration is not num_class');
  }
  const objective = fields.get('objective');
  const asked = /\bnum_class:(\S+)/.exec(objective ?? '')?.[1] ?? 1;
  if (objective?.trim() === '') throw invalid('its objective has no name');
  if (objective !== undefined && Number(asked) !== classes)
    throw invalid('its objective has another num_class');
  integer(header, 'label_index', [-1, MAX_COUNT]);
  const features = integer(header, 'max_feature_idx', [0, MAX_COUNT]) + 1;
  for (const name of ['feature_names', 'feature_infos']) {
    if (words(header, name).length !== features) throw invalid(`${name} are not ${features}`);
  }
  return features;
}

/** The lines of each tree. Where sizes are given, LightGBM goes by them, so they must be true. */
function treesIn(text: string, firstTree: number, sizes: string | undefined): string[][] {
  if (firstTree < 0) {
    if (sizes !== undefined && sizes.trim() !== '') throw invalid('its trees are missing');
    return [];
  }
  const end = text.search(/^end of trees/m);
  const body = text.slice(firstTree, end < 0 ? undefined : end);
  const blocks = body.split(/^(?=Tree=)/m);
  if (end < 0 || blocks.some((block) => !/\r?\n\r?\n/.test(block))) throw invalid('a tree is cut short');
  if (sizes !== undefined) {
    const told = sizes.trim().split(/\s+/).map(Number);
    const found = blocks.map((block) => Buffer.byteLength(block));
    if (told.length !== found.length || found.some((size, tree) => size !== told[tree])) {
      throw invalid('tree_sizes are not the sizes of its trees');
    }
  }
  const lines = blocks.map((block) =>
    block
      .slice(0, block.search(/\r?\n\r?\n/))
      .split(/\r?\n/)
      .slice(1),
  );
  if (lines.some((tree) => tree.length > MAX_TREE_LINES)) throw invalid('a tree has too many lines');
  return lines;
}

function checkTree(tree: Section, features: number): void {
  const leaves = integer(tree, 'num_leaves', [1, MAX_COUNT]);
  const categories = integer(tree, 'num_cat', [0, MAX_COUNT]);
  count(tree, 'leaf_value', leaves);
  for (const name of ['leaf_weight', 'leaf_count']) {
    // LightGBM leaves them empty where it writes a tree of one leaf that it has read.
    if (leaves > 1 || words(tree, name).length > 0) optionalCount(tree, name, leaves);
  }
  optionalCount(tree, 'shrinkage', 1);
  const linear = tree.fields.has('is_linear') && integer(tree, 'is_linear', [0, 1]) === 1;
  if (linear) checkLinear(tree, leaves, features);
  if (leaves === 1 && !linear) return;
  const nodes = leaves - 1;
  for (const name of ['split_gain', 'internal_value', 'internal_weight', 'internal_count']) {
    optionalCount(tree, name, nodes);
  }
  integers(tree, 'split_feature', nodes, [0, features - 1]);
  checkChildren(tree, leaves);
  checkCategories(tree, nodes, categories);
}

/** From the root every node and every leaf is reached exactly once. */
function checkChildren(tree: Section, leaves: number): void {
  const nodes = leaves - 1;
  const range: Range = [-leaves, nodes - 1];
  const left = integers(tree, 'left_child', nodes, range);
  const right = integers(tree, 'right_child', nodes, range);
  const seen = new Set<number>([0]);
  for (const child of [...left, ...right]) {
    if (seen.has(child)) throw invalid(`${tree.where} reaches a node twice`);
    seen.add(child);
  }
  // Every node but the root has one parent; walking down from the root must meet them all.
  const waiting = nodes > 0 ? [0] : [];
  let met = 0;
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    met += 1;
    for (const child of [left[node]!, right[node]!]) if (child >= 0) waiting.push(child);
  }
  if (met !== nodes) throw invalid(`${tree.where} is not one tree`);
}

function checkCategories(tree: Section, nodes: number, categories: number): void {
  const thresholds = count(tree, 'threshold', nodes);
  const decisions = tree.fields.has('decision_type')
    ? integers(tree, 'decision_type', nodes, [-128, 127])
    : new Array<number>(nodes).fill(0);
  decisions.forEach((decision, node) => {
    if ((decision & CATEGORICAL_BIT) === 0) return;
    const category = Number(thresholds[node]);
    if (Number.isInteger(category) && category >= 0 && category < categories) return;
    throw invalid(`${tree.where} has a categorical split without its categories`);
  });
  if (categories === 0) return;
  const bounds = integers(tree, 'cat_boundaries', categories + 1, [0, 2 ** 30]);
  if (bounds[0] !== 0 || bounds.some((bound, index) => index > 0 && bound < bounds[index - 1]!)) {
    throw invalid(`${tree.where} has cat_boundaries out of order`);
  }
  count(tree, 'cat_threshold', bounds.at(-1)!);
}

function checkLinear(tree: Section, leaves: number, features: number): void {
  if (tree.fields.has('leaf_const')) finite(count(tree, 'leaf_const', leaves), tree);
  if (!tree.fields.has('num_features')) return;
  const counts = integers(tree, 'num_features', leaves, [0, features]);
  const total = counts.reduce((sum, each) => sum + each, 0);
  integers(tree, 'leaf_features', total, [0, features - 1]);
  finite(count(tree, 'leaf_coeff', total), tree);
}

/** Here LightGBM reads no names. */
function finite(numbers: readonly string[], { where }: Section): void {
  if (numbers.some((word) => NAMED_NUMBER.test(word)))
    throw invalid(`${where} has a linear leaf that is not finite`);
}

/** In the header a line without an equals sign is a name without a value, to LightGBM as well. */
function sectionOf(where: string, lines: readonly string[]): Section {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
    else if (at === 0 || where !== HEADER)
      throw invalid(`${where} has the line ${JSON.stringify(line.slice(0, 40))}`);
    else if (line !== '') fields.set(line, '');
  }
  return { where, fields };
}

function words({ fields }: Section, name: string): string[] {
  return (fields.get(name) ?? '').split(' ').filter((word) => word !== '');
}

/** `expected` words that are numbers. */
function count(section: Section, name: string, expected: number): string[] {
  const found = words(section, name);
  if (found.length !== expected) {
    throw invalid(`${section.where} has ${found.length} of ${name} where ${expected} are needed`);
  }
  const wrong = found.find((word) => !isNumber(word));
  if (wrong === undefined) return found;
  throw invalid(`${section.where} has ${JSON.stringify(wrong.slice(0, 40))} among ${name}`);
}

/** A finite number, or NaN or infinity by name. */
function isNumber(word: string): boolean {
  return NAMED_NUMBER.test(word) || (NUMBER.test(word) && Number.isFinite(Number(word)));
}

function optionalCount(section: Section, name: string, expected: number): void {
  if (section.fields.has(name)) count(section, name, expected);
}

function integers(section: Section, name: string, expected: number, range: Range): number[] {
  return count(section, name, expected).map((word) => wholeNumber(section, name, word, range));
}

function integer(section: Section, name: string, range: Range): number {
  return wholeNumber(section, name, section.fields.get(name) ?? '', range);
}

function wholeNumber({ where }: Section, name: string, word: string, [least, most]: Range): number {
  const value = Number(word);
  if (/^-?\d+$/.test(word) && value >= least && value <= most) return value;
  throw invalid(`${where} has ${JSON.stringify(word.slice(0, 40))} as ${name}`);
}

function invalid(problem: string): NativeError {
  return new NativeError('MODEL_INVALID', {
    what: `The text is no LightGBM model: ${problem}.`,
    fix: 'Use a file that LightGBM wrote, unchanged.',
  });
}
