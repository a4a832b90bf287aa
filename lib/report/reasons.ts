/** Reasons of absent numbers for people. Pure. */
import type { HtmlTable } from './html-table.js';
import { textCell } from './html-table.js';

/** Equal reasons once: `ic.ic and 3 more`, and the reason. */
export function groupReasons(
  reasons: Readonly<Record<string, string>>,
): { readonly names: string; readonly reason: string }[] {
  const groups = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(reasons))
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return [...groups].map(([reason, [first, ...more]]) => ({
    names: more.length === 0 ? first! : `${first} and ${more.length} more`,
    reason,
  }));
}

/** The reasons as a table; none where there is no reason. */
export function reasonTables(id: string, reasons: Readonly<Record<string, string>>): HtmlTable[] {
  const rows = groupReasons(reasons).map(({ names, reason }) => ({
    cells: [textCell(names), textCell(reason)],
  }));
  if (rows.length === 0) return [];
  return [
    {
      id,
      caption: 'What is absent or limited, and why (names as in the JSON)',
      columns: [
        { title: 'number', align: 'left' },
        { title: 'why', align: 'left' },
      ],
      rows,
    },
  ];
}
