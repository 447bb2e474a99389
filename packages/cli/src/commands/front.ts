import { type Declaration, readDeclaration } from '@run-edges/edges';
import { containerHost, startEmulator } from '@run-edges/emulator';
import { Command } from 'commander';
import { TargetError } from '../emulator-api.ts';
import { keepToken } from '../env/developer-token.ts';
import { decisionLog } from '../terminal/decision-log.ts';
import { reportFaults, reportWarning } from '../terminal/live-log.ts';
import { print } from '../terminal/output.ts';
import { addEmulatorOptions, type EmulatorFlags, emulatorOptions } from './emulator-options.ts';
import { edgesOption, path, wholeNumber } from './shared-options.ts';

interface FrontFlags extends EmulatorFlags {
  readonly edges: string;
  readonly networks?: number | true;
  readonly trust?: string;
}

/** A container that is stopped has 10 s. */
const STOP_GRACE_MS = 8_000;

export function frontCommand(): Command {
  const command = new Command('front')
    .description('Stand before services that run elsewhere, in containers for instance: start none of them.')
    .addOption(edgesOption());
  return addEmulatorOptions(command)
    .option(
      '--networks [port]',
      'each service has a network of its own with this, and is known by it (port: 80)',
      wholeNumber(1, 65_535),
    )
    .option(
      '--trust <folder>',
      'with --networks and --addresses production: write there what services are to trust (default: in the state folder)',
      path,
    )
    .addHelpText('after', '\nWith --networks a service without --front is at http://SERVICE.container.internal:8080.')
    .action(front);
}

async function front(flags: FrontFlags): Promise<void> {
  const declaration = readDeclaration(flags.edges);
  const { networks, trust } = flags;
  if (trust !== undefined && networks === undefined)
    throw new TargetError(
      '--trust is for services on networks of their own: others are told by their environment what to trust.',
      'Leave it out, or add --networks.',
    );
  const options = emulatorOptions(flags);
  // Heard from the beginning: the API answers, and says that all is well, a little before everything is up.
  const ended = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  const cloud = await startEmulator({
    ...options,
    edges: declaration,
    fronts: frontsOf(declaration, flags),
    ...(networks === undefined
      ? {}
      : { networks: { port: networks === true ? 80 : networks, ...(trust === undefined ? {} : { trust }) } }),
    stopGrace: STOP_GRACE_MS,
    onFaults: reportFaults,
    onWarning: reportWarning,
  });
  keepToken(cloud);
  cloud.decisions.onDecision(decisionLog());
  print(`Console, and Google's APIs: ${cloud.url}`);
  for (const { name, url } of cloud.services) print(`${name}: ${url}`);
  await ended;
  await cloud.stop();
}

/** Where each service is: as told, or by convention where it has a network of its own. */
function frontsOf(
  { services, jobs = [], workerPools = [] }: Declaration,
  { front, networks }: FrontFlags,
): Record<string, string> {
  const missing = services.filter(({ name }) => !Object.hasOwn(front, name)).map(({ name }) => name);
  if (missing.length > 0 && networks === undefined)
    throw new TargetError(
      `It is not said where ${missing.join(', ')} runs.`,
      'Add --front SERVICE=URL for each, or start them with run-edges up.',
    );
  // Jobs and worker pools run elsewhere, too; they are never asked there.
  const conventional = [...services, ...jobs, ...workerPools].map(({ name }) => [
    name,
    `http://${containerHost(name)}:8080`,
  ]);
  return { ...Object.fromEntries(conventional), ...front };
}
