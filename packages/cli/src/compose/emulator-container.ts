import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Declaration, receiversOf } from '@run-edges/edges';
import { callerHost } from '@run-edges/emulator';
import { Scalar } from 'yaml';
import { workloadsOf } from '../deployment/workloads.ts';
import { TargetError } from '../emulator-api.ts';
import type { ComposeOptions } from './compose-options.ts';
import { RECIPE } from './image.ts';
import { literally } from './literally.ts';

export const EMULATOR = 'emulator';
/** The network by which this machine reaches the emulator. */
export const OUTSIDE = 'outside';

/** What the emulator is called on every service's network. */
const METADATA_NAMES = ['metadata.google.internal', 'metadata'];

/** The emulator: on the network of each service, there known as the gate of those whom the service may call. */
export function emulatorContainer(declaration: Declaration, options: ComposeOptions): object {
  const { folder, port, addresses } = options;
  const { file } = declaration;
  const workloads = workloadsOf(declaration);
  // Each receiver has a gate, also those that others own.
  const metadataPort = port + 1 + receiversOf(declaration).length;
  const lastPort = metadataPort + workloads.length;
  const aliasesFor = (name: string) => [callerHost(name), ...METADATA_NAMES, ...addresses.names(declaration, name)];
  return {
    image: 'run-edges/emulator:local',
    ...(existsSync(join(folder, RECIPE)) ? { build: { context: '.', dockerfile: RECIPE, target: 'emulator' } } : {}),
    command: [
      '--networks',
      '--port',
      `${port}`,
      '--metadata-port',
      `${metadataPort}`,
      '--state',
      '/state',
      ...addresses.flags,
    ],
    environment: { PORT: `${port}`, RUN_EDGES_TOKEN: `\${RUN_EDGES_TOKEN:-}` },
    sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    ports: [quoted(`127.0.0.1:${port}-${lastPort}:${port}-${lastPort}`)],
    volumes: [
      `./${literally(declarationBelow(folder, file))}:/edges.yaml:ro`,
      `${EMULATOR}-state:/state`,
      ...addresses.volumes('rw'),
    ],
    networks: {
      [OUTSIDE]: {},
      ...Object.fromEntries(workloads.map(({ name }) => [name, { aliases: aliasesFor(name) }])),
    },
  };
}

/** What stands before the first colon of a volume is its path. */
function declarationBelow(folder: string, file: string): string {
  const path = relative(folder, file);
  if (!path.includes(':')) return path;
  throw new TargetError(
    `${path} cannot stand in a compose file: there is a colon in its path.`,
    'Give the file and its folders other names.',
  );
}

/** Numbers with colons between them mean something else in YAML 1.1. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_SINGLE';
  return scalar;
}
