import { resolve } from 'node:path';
import type { EmulatorOptions } from '@run-edges/emulator';
import { type Command, InvalidArgumentError } from 'commander';
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
  readonly front: Readonly<Record<string, string>>;
  readonly map: Readonly<Record<string, string>>;
  readonly groups?: string;
  readonly fault: Readonly<Record<string, unknown>>;
  readonly startTimeout: number;
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
      collect(asText),
      {},
    )
    .option(
      '--map <image=folder>',
      'what runs where an image is deployed: the folder of an app, or the URL of one that runs already; may be repeated',
      collect(asApp),
      {},
    )
    .option('--groups <file>', 'YAML file with groups: and their members')
    .option(
      '--fault <name=value>',
      'go wrong on purpose, for example metadataDelay=500; may be repeated',
      collect(asValue),
      {},
    )
    .option('--start-timeout <seconds>', 'how long a service may take until it listens', wholeNumber(1, 3600), 240);
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
    faults: flags.fault,
    startTimeout: flags.startTimeout * 1000,
    ...(flags.state === undefined ? {} : { stateDir: flags.state }),
    ...(flags.groups === undefined ? {} : { groups: flags.groups }),
  };
}

function digits(text: string): string {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('It takes digits.');
  return text;
}

function collect<T>(
  read: (text: string) => T,
): (pair: string, before: Readonly<Record<string, T>>) => Record<string, T> {
  return (pair, before) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new InvalidArgumentError('It takes name=value.');
    return { ...before, [pair.slice(0, at)]: read(pair.slice(at + 1)) };
  };
}

function asText(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('It takes a URL such as http://127.0.0.1:9000.');
  return text;
}

function asApp(text: string): string {
  return /^https?:\/\//.test(text) ? asText(text) : resolve(text);
}

/** `true`, `false` and numbers are what they say; anything else is left for the emulator to refuse with its mend. */
function asValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
