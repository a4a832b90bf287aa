import { parse, type ValueNode } from '@humanwhocodes/momoa';

/** A key that one object of a JSON text has more than once. */
export interface DuplicateKey {
  /** `folds.train`, `indicators[0].name`. */
  readonly key: string;
  /** Lines in which it stands, counted from 1. */
  readonly lines: readonly number[];
}

/** The keys of a valid JSON text of which `JSON.parse` would drop all but the last, outer ones first. */
export function findDuplicateKeys(text: string): DuplicateKey[] {
  return duplicatesIn(parse(text).body, '');
}

function duplicatesIn(node: ValueNode, at: string): DuplicateKey[] {
  if (node.type === 'Array')
    return node.elements.flatMap(({ value }, index) => duplicatesIn(value, `${at}[${index}]`));
  if (node.type !== 'Object') return [];
  const linesOf = new Map<string, number[]>();
  const deeper: DuplicateKey[] = [];
  for (const { name, value, loc } of node.members) {
    const key = `${at}${at === '' ? '' : '.'}${name.type === 'String' ? name.value : name.name}`;
    linesOf.set(key, [...(linesOf.get(key) ?? []), loc.start.line]);
    deeper.push(...duplicatesIn(value, key));
  }
  const own = [...linesOf].map(([key, lines]) => ({ key, lines })).filter(({ lines }) => lines.length > 1);
  return [...own, ...deeper];
}
