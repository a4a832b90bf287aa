import type { Command } from 'commander';
import { collect, finiteNumber, wholeNumber } from './flags.js';

/** `simulate`: a Binance-compatible exchange on 127.0.0.1; the first line on stdout tells where. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('a Binance-compatible exchange from recorded bars or a market model')
    .option('--port <port>', 'port on 127.0.0.1; 0 picks a free one', wholeNumber(0), 0)
    .option('--recorded <dir>', 'folder of Binance zip files to serve')
    .option('--model <name>', 'martingale or planted')
    .option('--ic <x>', "planted: the signal's IC", finiteNumber)
    .option('--seed <n>', 'seed of the model', wholeNumber(0))
    .option('--symbols <symbols...>', 'symbols of the model')
    .option('--start <date>', 'first day, YYYY-MM-DD')
    .option('--end <date>', 'day after the last')
    .option('--fault <name>', 'a fault to produce; repeatable; NAME, NAME@N or NAME%P', collect, [])
    .option('--weight-limit <n>', 'request weight allowed a minute', wholeNumber(1))
    .option('--ban-seconds <s>', 'length of a ban (120)', finiteNumber)
    .option('--pause-seconds <s>', 'length of a 429 (the rest of the minute)', finiteNumber)
    .option('--clock-offset <s>', 'seconds by which its clock is ahead of this machine', finiteNumber)
    .action(async (flags: Record<string, unknown>) => {
      const { startExchange } = await import('../simulator/index.js');
      const exchange = await startExchange(flags);
      process.stdout.write(`${JSON.stringify({ listening: exchange.url })}\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await exchange.close();
    });
}
