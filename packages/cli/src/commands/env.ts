import { join, resolve } from 'node:path';
import { printable } from '@run-edges/edges';
import { noProxy } from '@run-edges/emulator';
import { Command } from 'commander';
import { answers } from '../emulator-answers.ts';
import { askEmulator } from '../emulator-api.ts';
import { asDeveloper } from '../env/developer.ts';
import { folderOf } from '../env/developer-token.ts';
import { gcloudProperties, localAddresses, otherProperties, variables } from '../env/emulator-settings.ts';
import { variableOf, writeGcloudConfiguration } from '../env/gcloud-configuration.ts';
import { asService, ownCredentials } from '../env/service.ts';
import { isForShell, shellLines } from '../env/shell.ts';
import { print, tell } from '../terminal/output.ts';
import { path, targetOption, visible } from './shared-options.ts';

interface EnvFlags {
  readonly target: string;
  readonly as?: string;
  readonly folder?: string;
  readonly gcloudConfig?: string;
  readonly json: boolean;
}

export function envCommand(): Command {
  return new Command('env')
    .description(
      'Print shell exports that point gcloud, Terraform and Google’s client libraries at a running emulator.',
    )
    .argument(
      '[service]',
      'be this service (or stranger) instead of the developer, with the variables that its container has',
      visible('a name'),
    )
    .addOption(targetOption())
    .option('--as <email>', 'be this developer instead of the owner of the project', visible('an e-mail address'))
    .option(
      '--folder <folder>',
      'where credentials are written (default: one for each emulator in ~/.cache/run-edges)',
      path,
    )
    .option(
      '--gcloud-config <folder>',
      'write a gcloud configuration there, and name it instead of each property',
      path,
    )
    .option('--json', 'print the variables as a JSON object; null unsets one', false)
    .addHelpText(
      'after',
      '\nUse it so: eval "$(run-edges env)", or (eval "$(run-edges env search)"; npm start) for a service.',
    )
    .action(env);
}

async function env(service: string | undefined, flags: EnvFlags): Promise<void> {
  const { target } = flags;
  const project = await askEmulator(target, '/run-edges/v1/project', answers.project);
  const { origin } = new URL(target);
  const folder = resolve(flags.folder ?? join(folderOf(target), service ?? 'developer'));
  const identity = await (service === undefined
    ? asDeveloper(target, folder, flags.as)
    : asService(target, folder, service));

  const warning = service === undefined ? undefined : ownCredentials();
  if (warning !== undefined) tell(printable(warning));
  const local = localAddresses(target);
  const properties = [...gcloudProperties(project), ...(identity.atProduction ? [] : local), ...identity.gcloud];
  const configuration = flags.gcloudConfig === undefined ? undefined : resolve(flags.gcloudConfig);
  const others = identity.atProduction ? [] : otherProperties;
  await writeGcloudConfiguration(configuration ?? join(folder, 'gcloud'), [...properties, ...others]);
  const { HOME: _, ...given } = identity.variables;
  const left = Object.keys(given).filter((name) => !isForShell(name));
  if (left.length > 0) tell(`Left out, being the shell's own or no names of variables: ${printable(left.join(', '))}`);
  const all: Record<string, string> = {
    ...(configuration === undefined ? Object.fromEntries(properties.map((one) => [variableOf(one), one.value])) : {}),
    ...variables(target, project),
    ...given,
    // What the shell says stays. Nothing here is to be asked of a proxy, whoever the tools are.
    ...noProxy(process.env, new URL(target).hostname, ...noProxyOf(given)),
    CLOUDSDK_CONFIG: configuration ?? join(folder, 'gcloud'),
  };
  const set = Object.fromEntries(Object.entries(all).filter(([name]) => isForShell(name)));
  // A property that the shell has set would win over the configuration, and an address over another way.
  const stale = [...local, ...(configuration === undefined ? [] : properties)].map(variableOf);
  const unset = [...new Set([...identity.unset, ...stale])].filter(
    (name) => isForShell(name) && !Object.hasOwn(set, name),
  );
  print(
    flags.json
      ? JSON.stringify({ ...Object.fromEntries(unset.map((name) => [name, null])), ...set }, null, 2)
      : [`# The emulator at ${origin}, as ${printable(identity.email)}`, ...shellLines(set, unset)].join('\n'),
  );
}

/** The hosts that the emulator names for a service. */
function noProxyOf({ NO_PROXY = '' }: Readonly<Record<string, string>>): string[] {
  return NO_PROXY.split(',');
}
