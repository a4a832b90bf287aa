/** The import graph of the sources, read with TypeScript's own parser. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export interface ImportEdge {
  /** File relative to the root, with forward slashes. */
  readonly from: string;
  /** File relative to the root, or the specifier as written where it names a package or a built-in. */
  readonly to: string;
  readonly kind: 'file' | 'package';
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** True for `import('x')`, which loads only when it is reached. */
  readonly dynamic: boolean;
  readonly line: number;
}

interface FoundImport {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  readonly position: number;
}

/** Every import of a module: static, re-exported, dynamic with a literal name, and `import('x').T` in types. */
export function importsOf(from: string, text: string): readonly ImportEdge[] {
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true);
  const found: FoundImport[] = [];
  const visit = (node: ts.Node): void => {
    const each = foundImport(node);
    if (each !== null) found.push(each);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.map(({ specifier, typeOnly, dynamic, position }) => ({
    from,
    ...resolveSpecifier(from, specifier),
    typeOnly,
    dynamic,
    line: source.getLineAndCharacterOfPosition(position).line + 1,
  }));
}

/** Lines of dynamic imports whose target is computed, so that no rule can judge it. */
export function computedImports(file: string, text: string): readonly number[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines: number[] = [];
  const visit = (node: ts.Node): void => {
    const computed = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (computed && !ts.isStringLiteralLike(node.arguments[0]!)) {
      lines.push(source.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

function foundImport(node: ts.Node): FoundImport | null {
  if (ts.isImportDeclaration(node)) {
    return literal(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return literal(node.moduleSpecifier, node.isTypeOnly);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], false, true);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return literal(node.argument.literal, true);
  }
  return null;
}

function literal(node: ts.Node | undefined, typeOnly: boolean, dynamic = false): FoundImport | null {
  if (node === undefined || !ts.isStringLiteralLike(node)) return null;
  return { specifier: node.text, typeOnly, dynamic, position: node.getStart() };
}

function resolveSpecifier(from: string, specifier: string): Pick<ImportEdge, 'to' | 'kind'> {
  if (!specifier.startsWith('.')) return { to: specifier, kind: 'package' };
  const written = path.posix.join(path.posix.dirname(from), specifier);
  return { to: from.endsWith('.ts') ? written.replace(/\.js$/, '.ts') : written, kind: 'file' };
}

/** The edges of all given files of the checkout. */
export function readGraph(root: string, files: readonly string[]): ImportEdge[] {
  return files.flatMap((file) => importsOf(file, readFileSync(path.join(root, file), 'utf8')));
}

/** Edges to files that are not there: a rule could be passed by a misspelt import. */
export function danglingEdges(root: string, edges: readonly ImportEdge[]): ImportEdge[] {
  return edges.filter(({ to, kind }) => kind === 'file' && !existsSync(path.join(root, to)));
}

/** One cycle of files, first file repeated at the end; null where there is none. Type-only edges count too. */
export function findCycle(edges: readonly ImportEdge[]): readonly string[] | null {
  const targets = new Map<string, string[]>();
  for (const { from, to, kind } of edges) {
    if (kind === 'file') targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  for (const start of [...targets.keys()].sort()) {
    const cycle = cycleFrom(start, targets, done, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

function cycleFrom(
  file: string,
  targets: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
  trail: readonly string[],
): readonly string[] | null {
  const seenAt = trail.indexOf(file);
  if (seenAt >= 0) return [...trail.slice(seenAt), file];
  if (done.has(file)) return null;
  for (const target of targets.get(file) ?? []) {
    const cycle = cycleFrom(target, targets, done, [...trail, file]);
    if (cycle !== null) return cycle;
  }
  done.add(file);
  return null;
}
