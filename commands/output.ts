/** What commands print: results on stdout, progress and logs on stderr. */
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { PipelineError } from '../lib/errors.js';

/** Writes a result: one JSON object with `--json`, else the text. */
export function printResult(json: boolean, result: unknown, text: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : text()}\n`);
}

/** Writes a line of progress or log. */
export function logLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The message a user needs of whatever was thrown: the innermost typed failure's, without stacks. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof PipelineError) return thrown.message;
  if (thrown instanceof WorkflowFailedError) return messageOf(innermost(thrown));
  if (thrown instanceof ApplicationFailure) return thrown.message;
  if (thrown instanceof Error) return thrown.message;
  return String(thrown);
}

function innermost(error: Error): Error {
  let at: Error = error;
  while (at.cause instanceof Error) {
    at = at.cause;
    if (at instanceof ApplicationFailure) return at;
  }
  return at;
}

/** Columns padded to equal widths; numbers on the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const numeric = head.map((_, column) =>
    rows.every((row) => /^[-+]?[\d.,]*( ?(s|bp|%))?$|^-$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** `1.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDurationMs(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `812 B`, `1.2 kB`, `3.4 MB`, `5.6 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] =
    bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${size.toFixed(1)} ${unit}`;
}
