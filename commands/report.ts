import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { withCommonFlags } from './flags.js';
import { runPipeline, type CommonFlags } from './start-pipeline.js';

/** `report`: the page. */
export function registerReport(program: Command): void {
  withCommonFlags(program.command('report').description('draw report/index.html'))
    .option('--open', 'open the page in the browser')
    .action(async (flags: CommonFlags & { open?: boolean }) => {
      const result = await runPipeline({ flags, options: { until: 'report' } });
      const page = result?.artifacts.report;
      if (flags.open && page !== undefined) openInBrowser(page);
    });
}

function openInBrowser(file: string): void {
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(command, [file], { detached: true, stdio: 'ignore' });
  child.on('error', () => process.stderr.write(`${command} is not there to open ${file}.\n`));
  child.unref();
}
