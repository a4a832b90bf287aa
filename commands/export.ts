import path from 'node:path';
import type { Command } from 'commander';
import { exportRun, importRun, openExistingStorage, openStorage } from '../lib/store/index.js';
import { ConfigError } from '../lib/errors.js';
import { storeFolder } from './environment.js';
import { formatBytes, printResult } from './output.js';
import { findRun } from './runs.js';

interface ExportFlags {
  readonly run?: string;
  readonly json?: boolean;
}

/** `export` and `import`: a run with everything it needs as one tar file. */
export function registerExport(program: Command): void {
  program
    .command('export <file>')
    .description('write a run with all its stored results into one tar file')
    .option('--run <id>', 'the run, the beginning of its id, or its name; the newest by default')
    .option('--json', 'print one JSON object on stdout')
    .action(async (file: string, flags: ExportFlags) => {
      const store = openExistingStorage(storeFolder());
      const full = path.resolve(file);
      const counts = await exportRun(store, await findRun(store, flags.run), full).catch(refuseFile(full));
      printResult(
        flags.json === true,
        { file: full, ...counts },
        () =>
          `${full}: run ${counts.runId}, ${counts.records} results in ${counts.blobs} files, ${formatBytes(counts.bytes)}.`,
      );
    });
  program
    .command('import <file>')
    .description('take an exported run into the store; every byte is verified')
    .option('--json', 'print one JSON object on stdout')
    .action(async (file: string, flags: { json?: boolean }) => {
      const store = openStorage(storeFolder());
      const counts = await importRun(store, path.resolve(file));
      printResult(flags.json === true, { store: store.place, ...counts }, () => {
        const { runId, records, known, diverged } = counts;
        const other = diverged.map((key) => `\nDIVERGED: ${key} has other bytes here; those stay.`);
        return `Run ${runId}: ${records} results, ${known} of them known before.${other.join('')}`;
      });
      if (counts.diverged.length > 0) process.exitCode = 1;
    });
}

/** The file that was named is the user's to mend. */
function refuseFile(file: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOSPC', 'EISDIR'].includes(error.code ?? '')) {
      throw new ConfigError('FILE_UNWRITABLE', {
        what: `${file} cannot be written: ${error.message}.`,
        fix: 'Name a file in a folder that exists and can be written.',
        cause: error,
      });
    }
    if (error.code !== 'EEXIST') throw error;
    throw new ConfigError('FILE_EXISTS', {
      what: `${file} exists already.`,
      fix: 'Name another file, or remove that one.',
      cause: error,
    });
  };
}
