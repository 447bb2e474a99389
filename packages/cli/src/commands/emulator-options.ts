import { resolve } from 'node:path';
import type { EmulatorOptions } from '@run-edges/emulator';
import { type Command, InvalidArgumentError } from 'commander';
import { also, asText, asValue, nested, pairs, type Settings } from './settings.ts';
import { wholeNumber } from './shared-options.ts';

/** The emulator's options, as the command line takes them. */
export interface EmulatorFlags {
  readonly host: string;
  readonly port: number;
  readonly metadataPort: number;
  readonly state?: string;
  readonly project: string;
  readonly projectNumber: string;
  readonly region: string;
  readonly front: Settings<string>;
  readonly map: Settings<string>;
  readonly env: Settings<Settings<string>>;
  readonly groups?: string;
  readonly owner?: readonly string[];
  readonly workloadIdentity?: string;
  readonly gate: Settings;
  readonly google: Settings;
  readonly fault: Settings;
  readonly startTimeout: number;
  readonly scaleToZero?: number;
}

/** Adds an option for each of the library's. */
export function addEmulatorOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <port>',
      'port of the API; the gates take the ones after it; 0 picks free ones',
      wholeNumber(0, 65_000),
      8080,
    )
    .option('--metadata-port <port>', 'port of the first metadata server; 0 picks free ones', wholeNumber(0, 65_000), 0)
    .option('--state <folder>', 'keep the state of the services, keys and policies there (default: a temporary folder)')
    .option('--project <id>', 'project id to play', 'run-edges-local')
    .option('--project-number <digits>', 'its number', digits, '100000000001')
    .option('--region <region>', 'its Cloud Run region', 'us-central1')
    .option(
      '--front <service=url>',
      'stand before a service that already runs there; may be repeated',
      pairs(asUrl),
      {},
    )
    .option(
      '--map <image=folder>',
      'what runs where an image is deployed: the folder of an app, or the URL of one that runs already; may be repeated',
      pairs(asApp),
      {},
    )
    .option('--env <service.NAME=value>', 'a variable for a service; may be repeated', nested(asText), {})
    .option('--groups <file>', 'YAML file with groups: and their members')
    .option(
      '--owner <member>',
      'who owns the project, for example user:ada@example.com (default: user:developer@example.com); may be repeated',
      also,
    )
    .option('--workload-identity <file>', 'YAML file with workloadIdentityProviders: that are trusted')
    .option(
      '--gate <name=value>',
      'how gates behave: requestTimeout=5000, services.search.tags=[blue], internal.networks=[10.0.0.0/8]; may be repeated',
      nested(asValue),
      {},
    )
    .option(
      '--google <name=value>',
      'how metadata servers and token endpoints behave, for example cacheIdTokens=false; may be repeated',
      nested(asValue),
      {},
    )
    .option(
      '--fault <name=value>',
      'go wrong on purpose, for example metadataDelay=500; may be repeated',
      nested(asValue),
      {},
    )
    .option('--start-timeout <seconds>', 'how long a service may take until it listens', wholeNumber(1, 3600), 240)
    .option(
      '--scale-to-zero <seconds>',
      'stop a service that nobody asked for so long, and start it again at its next request (default: never)',
      wholeNumber(1, 86_400),
    );
}

/** What the library is started with. */
export function emulatorOptions(flags: EmulatorFlags): Omit<EmulatorOptions, 'edges'> {
  return {
    host: flags.host,
    port: flags.port,
    metadataPort: flags.metadataPort,
    project: { id: flags.project, number: flags.projectNumber, region: flags.region },
    fronts: flags.front,
    images: flags.map,
    env: flags.env,
    gate: flags.gate,
    google: flags.google,
    faults: flags.fault,
    startTimeout: flags.startTimeout * 1000,
    ...(flags.scaleToZero === undefined ? {} : { scaleToZero: flags.scaleToZero * 1000 }),
    ...(flags.state === undefined ? {} : { stateDir: flags.state }),
    ...(flags.groups === undefined ? {} : { groups: flags.groups }),
    ...(flags.owner === undefined ? {} : { owners: flags.owner }),
    ...(flags.workloadIdentity === undefined ? {} : { workloadIdentityProviders: flags.workloadIdentity }),
  };
}

function digits(text: string): string {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('It takes digits.');
  return text;
}

function asUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('It takes a URL such as http://127.0.0.1:9000.');
  return text;
}

function asApp(text: string): string {
  return /^https?:\/\//.test(text) ? asUrl(text) : resolve(text);
}
