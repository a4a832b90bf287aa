/** LightGBM's own opinion of the user's parameters, before anything is downloaded for them. */
import { ConfigError, NativeError } from '../errors.js';
import { Dataset } from '../../native/index.js';
import { lightgbmParameters, type TrainingOptions } from './training.js';

/**
 * Refuses names that LightGBM does not know and values that it rejects; all of them in one error. Needs
 * LightGBM to be loaded in this thread.
 * @throws ConfigError LIGHTGBM_PARAMETERS
 */
export async function refuseBadParameters(options: TrainingOptions): Promise<void> {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options.params)) {
    problems.push(...(await problemsWith({ ...options, params: { [name]: value } })));
  }
  // Values that are wrong only together, such as two names of one parameter.
  if (problems.length === 0) problems.push(...(await problemsWith(options)));
  if (problems.length === 0) return;
  throw new ConfigError('LIGHTGBM_PARAMETERS', {
    what: `lightgbm in the config has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  ${problem}`).join('\n')}\n`,
    fix: 'Nothing was started; mend the lines above and start again.',
    details: { problems },
  });
}

/** Choosing a bin sample of one row makes LightGBM read every parameter and costs nothing. */
async function problemsWith(options: TrainingOptions): Promise<string[]> {
  try {
    await Dataset.sampleRows(1, lightgbmParameters(options));
    return [];
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return [withoutSourceLine(error)];
  }
}

/** LightGBM ends its complaints with a line of its own source. */
function withoutSourceLine({ code, what, fix, details }: NativeError): string {
  if (code !== 'LIGHTGBM_REFUSED') return `${what} ${fix}`;
  return `LightGBM says: ${String(details.message)
    .replace(/ at \S+, line \d+\s*\.?\s*$/, '')
    .trim()}.`;
}
