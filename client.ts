/** The command line: registers the commands, nothing more. */
import { Command } from 'commander';
import { registerBacktest } from './commands/backtest.js';
import { registerDoctor } from './commands/doctor.js';
import { registerDownload } from './commands/download.js';
import { registerEvaluate } from './commands/evaluate.js';
import { registerExplain } from './commands/explain.js';
import { registerExport } from './commands/export.js';
import { registerFeatures } from './commands/features.js';
import { registerGc } from './commands/gc.js';
import { messageOf } from './commands/output.js';
import { registerPlan } from './commands/plan.js';
import { registerReport } from './commands/report.js';
import { registerRun } from './commands/run.js';
import { registerRuns } from './commands/runs.js';
import { registerSimulate } from './commands/simulate.js';
import { registerStatus } from './commands/status.js';
import { registerTrain } from './commands/train.js';
import { registerUp } from './commands/up.js';
import { registerVerify } from './commands/verify.js';

const program = new Command('minute-alpha')
  .description('Walk-forward LightGBM signals on Binance futures bars, cached by content and run by Temporal')
  .showHelpAfterError();

for (const register of [
  registerRun,
  registerDownload,
  registerFeatures,
  registerTrain,
  registerEvaluate,
  registerBacktest,
  registerReport,
  registerPlan,
  registerExplain,
  registerStatus,
  registerRuns,
  registerVerify,
  registerGc,
  registerExport,
  registerDoctor,
  registerSimulate,
  registerUp,
]) {
  register(program);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
// Connections that are still open must not keep a finished command alive, but what it wrote must leave first: a pipe
// whose reader is slow takes some 200 kB at once.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
