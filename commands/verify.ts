import type { Command } from 'commander';
import { openExistingStorage, verifyStore, type VerifyStep } from '../lib/store/index.js';
import { storeFolder } from './environment.js';
import { formatBytes, logLine, printResult } from './output.js';

/** Problems that the text lists of each step; `--json` lists all. */
const MOST_LISTED = 20;

/** `verify`: everything in the store against what it says of itself; exits 1 on any problem. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('check every byte and record of the store; changes nothing')
    .option('--json', 'print one JSON object on stdout')
    .action(async (flags: { json?: boolean }) => {
      const store = openExistingStorage(storeFolder());
      const report = await verifyStore(store, (step) => logLine(renderStep(step)));
      printResult(flags.json === true, { store: store.place, ...report }, () =>
        report.problems === 0
          ? `${store.place}: no problem.`
          : `${store.place}: ${report.problems} problem${report.problems === 1 ? '' : 's'}.`,
      );
      if (report.problems > 0) process.exitCode = 1;
    });
}

function renderStep({ step, checked, bytes, problems, notes }: VerifyStep): string {
  const size = bytes === 0 ? '' : `, ${formatBytes(bytes)}`;
  const listed = problems.slice(0, MOST_LISTED).map(({ what, fix }) => `  PROBLEM ${what} ${fix}`);
  const more =
    problems.length > MOST_LISTED ? [`  and ${problems.length - MOST_LISTED} more: see --json`] : [];
  const told = notes.slice(0, MOST_LISTED).map((note) => `  note: ${note}`);
  return [`${step}: ${checked}${size}, ${problems.length} problems`, ...listed, ...more, ...told].join('\n');
}
