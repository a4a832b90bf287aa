import type { Command } from 'commander';
import { PROJECT_ROOT, serverAddress, storeFolder } from './environment.js';
import { printResult, renderTable } from './output.js';
import { connectClient } from './environment.js';
import { messageOf } from './output.js';

interface Component {
  readonly component: string;
  readonly place: string | null;
  readonly version: string | null;
  readonly healthy: boolean;
  readonly detail: string;
  readonly fix: string;
}

/** `doctor`: every real component: where, which version, healthy, how to mend. Exits 1 when one is ill. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('every component: found where, version, healthy, how to fix')
    .option('--json', 'print one JSON object on stdout')
    .action(async (flags: { json?: boolean }) => {
      const { inspectComponents } = (await import(`${PROJECT_ROOT}/scripts/components.mjs`)) as {
        inspectComponents(root: string, env: NodeJS.ProcessEnv): Promise<Component[]>;
      };
      const env = { ...process.env, MINUTE_ALPHA_STORE: storeFolder() };
      const components = [...(await inspectComponents(PROJECT_ROOT, env)), await inspectServer()];
      printResult(flags.json === true, { components }, () => renderComponents(components));
      if (components.some(({ healthy, component }) => !healthy && component !== SERVER)) process.exitCode = 1;
    });
}

const SERVER = 'Temporal server';

/** A server that is not running is no illness: `up` and `demo` start one. */
async function inspectServer(): Promise<Component> {
  const { address } = serverAddress();
  try {
    const client = await connectClient();
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    await client.connection.close();
    return {
      component: SERVER,
      place: address,
      version: serverVersion ?? null,
      healthy: true,
      detail: 'answers',
      fix: '',
    };
  } catch (error) {
    return {
      component: SERVER,
      place: address,
      version: null,
      healthy: false,
      detail: 'not running',
      fix: messageOf(error),
    };
  }
}

function renderComponents(components: readonly Component[]): string {
  const rows = components.map(({ component, version, healthy, place, detail }) => [
    healthy ? 'ok' : 'NO',
    component,
    version ?? '',
    place ?? '',
    detail,
  ]);
  const fixes = components.filter(({ healthy, fix }) => !healthy && fix !== '');
  return [
    renderTable(['', 'component', 'version', 'place', 'state'], rows),
    ...fixes.map(({ component, fix }) => `\n${component}: ${fix}`),
  ].join('\n');
}
