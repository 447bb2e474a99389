import { resolve } from 'node:path';
import type { EmulatorOptions, IsolationSetting } from '@run-edges/emulator';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { projectId, regionName } from './project-options.ts';
import { also, asText, asValue, nested, ofService, pairs, repeated, type Settings } from './settings.ts';
import { file, hostName, path, visible, wholeNumber } from './shared-options.ts';

/** What decides how services are started and judged, as the command line takes it. */
export interface ServiceFlags {
  readonly front: Settings<string>;
  readonly map: Settings<string>;
  readonly env: Settings<Settings<string>>;
  readonly groups?: string;
  readonly workloadIdentity?: string;
  readonly gate: Settings;
  readonly google: Settings;
  readonly fault: Settings;
  readonly isolation: IsolationSetting;
  readonly startTimeout: number;
}

/** The emulator's options, as the command line takes them. */
export interface EmulatorFlags extends ServiceFlags {
  readonly host: string;
  readonly name?: readonly string[];
  readonly port: number;
  readonly metadataPort: number;
  readonly addresses: 'local' | 'production';
  readonly passThrough: boolean;
  readonly state?: string;
  readonly project: string;
  readonly projectNumber: string;
  readonly region: string;
  readonly owner?: readonly string[];
  readonly scaleToZero?: number;
}

/** Adds an option for each of the library's. */
export function addEmulatorOptions(command: Command): Command {
  const placed = command
    .option('--host <address>', 'address to listen on', hostName, '127.0.0.1')
    .option('--name <host>', 'a name by which you call this machine, beside its own; may be repeated', also(hostName))
    .option(
      '--port <port>',
      'port of the API; the gates take the ones after it; 0 picks free ones',
      wholeNumber(0, 65_000),
      8080,
    )
    .option('--metadata-port <port>', 'port of the first metadata server; 0 picks free ones', wholeNumber(0, 65_000), 0)
    .addOption(
      new Option(
        '--addresses <which>',
        'tell programs local addresses, or those of production, https and all, with a proxy for each that leads here',
      )
        .choices(['local', 'production'])
        .default('local'),
    )
    .option('--pass-through', 'by production addresses, let programs reach the rest of the world by https, too', false)
    .option(
      '--state <folder>',
      'keep the state of the services, keys and policies there (default: a temporary folder)',
      path,
    )
    .option('--project <id>', 'project id to play', projectId, 'run-edges-local')
    .option('--project-number <digits>', 'its number', digits, '100000000001')
    .option('--region <region>', 'its Cloud Run region', regionName, 'us-central1')
    .option(
      '--owner <member>',
      'who owns the project, for example user:ada@example.com (default: user:developer@example.com); may be repeated',
      also(visible('a member such as user:ada@example.com')),
    )
    .option(
      '--scale-to-zero <seconds>',
      'stop a service that nobody asked for so long, and start it again at its next request (default: never)',
      wholeNumber(1, 86_400),
    );
  return serviceOptions().reduce((all, option) => all.addOption(option), placed);
}

/** The options that mean the same to an emulator that is there for one command alone. */
export function serviceOptions(): readonly Option[] {
  return [
    repeated('--front <service=url>', 'stand before a service that already runs there', pairs(asUrl)),
    repeated(
      '--map <image=folder>',
      'what runs where an image is deployed: the folder of an app, or the URL of one that runs already',
      pairs(asApp),
    ),
    repeated('--env <service.NAME=value>', 'a variable for a service', ofService(asText)),
    new Option('--groups <file>', 'YAML file with groups: and their members').argParser(file),
    new Option('--workload-identity <file>', 'YAML file with workloadIdentityProviders: that are trusted').argParser(
      file,
    ),
    repeated(
      '--gate <name=value>',
      'how gates behave: requestTimeout=5000, services.search.tags=[blue], internal.networks=[10.0.0.0/8]',
      nested(asValue),
    ),
    repeated(
      '--google <name=value>',
      'how metadata servers and token endpoints behave, for example cacheIdTokens=false',
      nested(asValue),
    ),
    repeated('--fault <name=value>', 'go wrong on purpose, for example metadataDelay=500', nested(asValue)),
    new Option(
      '--isolation <how>',
      'keep services apart by namespaces where this machine has them, or not at all, for debuggers',
    )
      .choices(['auto', 'none'])
      .default('auto'),
    new Option('--start-timeout <seconds>', 'how long a service may take until it listens')
      .argParser(wholeNumber(1, 3600))
      .default(240),
  ];
}

/** Options of the library that other flags set, or that a program alone can give. */
type Elsewhere =
  | 'edges'
  | 'networks'
  | 'stopGrace'
  | 'deployed'
  | 'learn'
  | 'now'
  | 'signal'
  | 'onLog'
  | 'onFaults'
  | 'onWarning'
  | 'onState';
type Given = Omit<EmulatorOptions, Elsewhere>;

/** What the library is started with. */
export function emulatorOptions(flags: EmulatorFlags): Given {
  // An option of the library that is missing here, or in those of services, is an error of the compiler.
  const all: { readonly [Name in keyof Required<Omit<Given, keyof ServiceGiven>>]: Given[Name] | undefined } = {
    host: flags.host,
    names: flags.name,
    port: flags.port,
    metadataPort: flags.metadataPort,
    addresses: flags.addresses,
    passThrough: flags.passThrough,
    project: { id: flags.project, number: flags.projectNumber, region: flags.region },
    scaleToZero: milliseconds(flags.scaleToZero),
    stateDir: flags.state,
    owners: flags.owner,
    developerToken: process.env.RUN_EDGES_TOKEN || undefined,
  };
  return { ...given(all), ...optionsOfServices(flags) };
}

type ServiceGiven = ReturnType<typeof optionsOfServices>;

/** The part of it that the {@link serviceOptions} give. */
export function optionsOfServices(flags: ServiceFlags) {
  return given({
    fronts: flags.front,
    images: flags.map,
    env: flags.env,
    gate: flags.gate,
    google: flags.google,
    faults: flags.fault,
    isolation: flags.isolation,
    startTimeout: milliseconds(flags.startTimeout),
    groups: flags.groups,
    workloadIdentityProviders: flags.workloadIdentity,
  } satisfies { readonly [Name in keyof Given]: Given[Name] | undefined });
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function given<T extends object>(all: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };
}

function digits(text: string): string {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('It takes digits.');
  return text;
}

function asUrl(text: string): string {
  const url = /^https?:\/\/[^\p{C}\p{Z}]+$/u.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('It takes a URL such as http://127.0.0.1:9000.');
  return text;
}

function asApp(text: string): string {
  return /^https?:\/\//.test(text) ? asUrl(text) : resolve(file(text));
}
