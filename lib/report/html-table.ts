/** Tables and single numbers as HTML that people and programs can read. Pure. */
import { escapeHtml } from './format.js';

/** One cell: what is read, and the number behind it. */
export interface Cell {
  readonly text: string;
  /** Full precision, in `data-value`; absent for text, null where the number is missing. */
  readonly value?: number | null;
}

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right, text left. */
  readonly align: 'left' | 'right';
}

export interface HtmlTable {
  /** Names it in the page; kebab-case. */
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** The first cell of a row is its header. */
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly Cell[];
  /** Marked in the page: the row is of a rule that looks ahead. */
  readonly exPost?: boolean;
}

export const textCell = (text: string): Cell => ({ text });

/** A number with the way it is shown. */
export function numberCell(value: number | null, show: (value: number | null) => string): Cell {
  return { text: show(value), value };
}

/** `data-value="..."` with full precision; empty where the number is missing. */
export function valueAttribute(value: number | null): string {
  return ` data-value="${value === null || !Number.isFinite(value) ? '' : String(value)}"`;
}

/** The table inside a region that scrolls on its own, so that a narrow screen never scrolls the page. */
export function tableHtml(table: HtmlTable): string {
  const head = table.columns.map(
    ({ title, align }) => `<th scope="col" class="${align}">${escapeHtml(title)}</th>`,
  );
  const caption = escapeHtml(table.caption);
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${caption}">` +
    `<table id="${escapeHtml(table.id)}"><caption>${caption}</caption>` +
    `<thead><tr>${head.join('')}</tr></thead>` +
    `<tbody>${table.rows.map((row) => rowHtml(row, table.columns)).join('\n')}</tbody></table></div>`
  );
}

function rowHtml({ cells, exPost }: TableRow, columns: readonly TableColumn[]): string {
  const parts = cells.map((cell, index) => cellHtml(cell, index, columns[index]?.align ?? 'left'));
  return `<tr${exPost ? ' class="ex-post"' : ''}>${parts.join('')}</tr>`;
}

function cellHtml(cell: Cell, index: number, align: 'left' | 'right'): string {
  const tag = index === 0 ? 'th scope="row"' : 'td';
  const data = cell.value === undefined ? '' : valueAttribute(cell.value);
  return `<${tag} class="${align}"${data}>${escapeHtml(cell.text)}</${tag.slice(0, 2)}>`;
}
