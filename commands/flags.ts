/** Flags that several commands share, and how they change config and options. */
import { InvalidArgumentError, type Command } from 'commander';
import { setPath } from './config-file.js';

/** Adds `--config --set --json --workflow-id --no-wait`. */
export function withCommonFlags(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration', 'config.json')
    .option('--set <key=value>', 'change one key of the config for this run; repeatable', collect, [])
    .option('--json', 'print one JSON object on stdout')
    .option('--workflow-id <id>', 'id of the workflow in Temporal')
    .option('--no-wait', 'start the run and return');
}

/** Collects a repeatable option. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`must be a whole number of at least ${least}, got "${text}".`);
    }
    return value;
  };
}

/** A finite number. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`must be a number, got "${text}".`);
  return value;
}

/** A number of at least zero. */
export function nonNegativeNumber(text: string): number {
  const value = finiteNumber(text);
  if (value < 0) throw new InvalidArgumentError(`must be a number of at least 0, got "${text}".`);
  return value;
}

/** `--symbol S` with `--single`: S is the inference symbol, and with `--single` the only one. */
export interface SymbolFlags {
  readonly symbol?: string;
  readonly single?: boolean;
}

/** Makes `--symbol` the inference symbol and, with `--single`, trains on it alone. */
export function applySymbolFlags(config: Record<string, unknown>, flags: SymbolFlags): void {
  if (flags.symbol !== undefined) config.inference_symbol = flags.symbol;
  if (flags.single !== true) return;
  const trained = (config.train_symbols ?? config.symbols) as string[] | undefined;
  const symbol = config.inference_symbol ?? trained?.[0];
  config.train_symbols = [symbol];
  config.inference_symbol = symbol;
}

/** Sets nested config keys from the flags that were given. */
export function applyFlags(
  config: Record<string, unknown>,
  section: string,
  values: Readonly<Record<string, unknown>>,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) setPath(config, [section, key], value);
  }
}
