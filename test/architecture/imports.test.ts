import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyForbidden } from './import-rules.js';
import { computedImports, danglingEdges, findCycle, importsOf, readGraph } from './module-graph.js';
import { filesBelow, productSources, ROOT } from './sources.js';

const edges = readGraph(ROOT, productSources());

/** Reasons for a made-up module at `file`. */
function reasons(file: string, text: string): (string | null)[] {
  return importsOf(file, text).map(whyForbidden);
}

describe('imports of the product', () => {
  it('are found at all', () => {
    expect(edges.length).toBeGreaterThan(100);
  });

  it('all lead to a file that is there', () => {
    expect(danglingEdges(ROOT, edges)).toEqual([]);
  });

  it('cross no border of the house', () => {
    expect(edges.map(whyForbidden).filter((reason) => reason !== null)).toEqual([]);
  });

  it('know no kind of store outside lib/store: all work goes by its interface', () => {
    const kinds = /^lib\/store\/(store|blobs|records|runs|roots|leases|trash|leftovers)\.ts$/;
    const knowing = edges.filter(({ from, to }) => !from.startsWith('lib/store/') && kinds.test(to));
    expect(knowing).toEqual([]);
    const openers = edges.filter(
      ({ to, from }) => to === 'lib/store/store.ts' && from.startsWith('lib/store/'),
    );
    // The rest of lib/store may name its type, and not make one.
    expect(openers.filter(({ typeOnly }) => !typeOnly).map(({ from }) => from)).toEqual([
      'lib/store/open.ts',
    ]);
  });

  it('have no cycle; between folders not by types either', () => {
    // Inside a folder two classes may name each other's type: that is gone when compiled.
    const binding = edges.filter(
      ({ typeOnly, from, to }) => !typeOnly || path.dirname(from) !== path.dirname(to),
    );
    expect(findCycle(binding)).toBeNull();
  });
});

/** They load scripts of set-up, which lie outside `dist/` and are found from the project's root. */
const COMPUTING = ['activities/host/program-host.ts', 'commands/doctor.ts'];

describe('computed imports', () => {
  it('are only those that load scripts', () => {
    const computing = productSources().filter(
      (file) => computedImports(file, readFileSync(path.join(ROOT, file), 'utf8')).length > 0,
    );
    expect(computing).toEqual(COMPUTING);
  });

  it('are told from those that name their module', () => {
    const text =
      "await import('./a.js');\nawait import(`./b.js`);\nawait import(`./${name}.js`);\nimport(name);";
    expect(computedImports('x.ts', text)).toEqual([3, 4]);
  });
});

describe('the import rule', () => {
  it.each([
    ['lib/features/x.ts', `import { readTable } from '../store/parquet.js';`],
    ['lib/features/x.ts', `import { foldWindows } from '../model/folds.js';`],
    ['lib/features/x.ts', `import { DEFAULTS } from '../config/defaults.js';`],
    ['lib/features/x.ts', `export { train } from '../../native/index.js';`],
    ['lib/store/x.ts', `import { Context } from '@temporalio/activity';`],
    ['lib/plan/x.ts', `import type { Activities } from '../../activities/contract.js';`],
    ['workflows/x.ts', `import { readFileSync } from 'node:fs';`],
    ['workflows/x.ts', `import { createHash } from 'crypto';`],
    ['workflows/x.ts', `import { klines } from '../activities/klines.js';`],
    ['workflows/x.ts', `import { resolveNodes } from '../lib/plan/resolve.js';`],
    ['workflows/x.ts', `const { Store } = await import('../lib/store/index.js');`],
    ['commands/x.ts', `import { createActivities } from '../activities/index.js';`],
    ['commands/x.ts', `import { startExchange } from '../simulator/index.js';`],
    ['commands/x.ts', `import { Worker } from '@temporalio/worker';`],
    ['native/x.ts', `import { selectFolds } from '../lib/model/folds.js';`],
    ['client.ts', `import { Store } from './lib/store/index.js';`],
    ['lib/errors.ts', `import { x } from './bars/index.js';`],
    ['lib/bars/x.ts', `import { probe } from '../../test/probe.js';`],
    ['helpers/x.ts', `import path from 'node:path';`],
  ])('forbids in %s: %s', (file, text) => {
    expect(reasons(file, text)).toEqual([expect.any(String)]);
  });

  it.each([
    ['lib/features/x.ts', `import { BarTable } from '../bars/index.js';`],
    ['lib/features/x.ts', `import type { Config } from '../config/types.js';`],
    ['lib/features/x.ts', `import { DataError } from '../errors.js';`],
    ['lib/plan/x.ts', `import { createHash } from 'node:crypto';`],
    ['lib/model/x.ts', `import { train } from '../../native/index.js';`],
    ['workflows/x.ts', `import type { Activities } from '../activities/contract.js';`],
    ['workflows/x.ts', `type Node = import('../lib/plan/node.js').PlanNode;`],
    ['commands/simulate.ts', `const { startExchange } = await import('../simulator/index.js');`],
    ['activities/x.ts', `import { Store } from '../lib/store/index.js';`],
  ])('allows in %s: %s', (file, text) => {
    expect(reasons(file, text)).toEqual([null]);
  });

  it('takes an import of types and values for one of values', () => {
    const text = `import { type Config, DEFAULTS } from '../config/defaults.js';`;
    expect(reasons('lib/features/x.ts', text)).toEqual([expect.any(String)]);
  });

  it('sees a cycle through any number of files', () => {
    const ring = [
      ...importsOf('lib/bars/a.ts', `import { b } from './b.js';`),
      ...importsOf('lib/bars/b.ts', `export * from './c.js';`),
      ...importsOf('lib/bars/c.ts', `import type { A } from './a.js';`),
    ];
    expect(findCycle(ring)).toEqual(['lib/bars/a.ts', 'lib/bars/b.ts', 'lib/bars/c.ts', 'lib/bars/a.ts']);
    expect(findCycle(ring.slice(0, 2))).toBeNull();
  });
});

/** Scripts that run before the npm packages are there, and what they load before they could be. */
const BARE_ENTRIES = ['setup', 'setup/set-up', 'test', 'demo', 'minute-alpha', 'build'].map(
  (name) => `scripts/${name}.mjs`,
);

describe('scripts that run on a bare checkout', () => {
  it('import statically nothing but the built-ins of Node and each other', () => {
    const graph = readGraph(ROOT, filesBelow(['scripts'], '.mjs'));
    const statically = graph.filter(({ dynamic }) => !dynamic);
    const reached = new Set(BARE_ENTRIES);
    for (const file of reached) {
      for (const { from, to, kind } of statically) if (from === file && kind === 'file') reached.add(to);
    }
    const packages = statically.filter(
      ({ from, to, kind }) =>
        reached.has(from) && kind === 'package' && !to.startsWith('node:') && !builtinModules.includes(to),
    );
    expect(reached.size).toBeGreaterThan(20);
    expect(packages).toEqual([]);
  });
});
