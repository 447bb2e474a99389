import { relative } from 'node:path';
import { type Declaration, printable, type Workload } from '@run-edges/edges';
import { Document, visit } from 'yaml';
import { workloadsOf } from '../deployment/workloads.ts';
import { TargetError } from '../emulator-api.ts';
import { appContainer, jobContainer, poolContainer } from './app-container.ts';
import type { ComposeOptions } from './compose-options.ts';
import { EMULATOR, emulatorContainer, OUTSIDE } from './emulator-container.ts';
import { atMetadataAddress, type Container, metadataName, refuseUnknown } from './metadata-address.ts';

const heading = (
  path: string,
) => ` Made from ${path} by run-edges compose: change that file, not this one. docs/how-to/compose.md explains it.
 For Compose v2, within what docker-compose 1.29 accepts.`;

/** What no container here needs, taken away; its network is another's affair. */
const containedInside = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  pids_limit: 64,
  mem_limit: '256m',
  restart: 'on-failure',
};

// Names that are none of compose's are asked of nobody: else a network without a way out would have one by DNS.
const contained = { ...containedInside, dns: ['127.0.0.1'], dns_opt: ['timeout:1', 'attempts:3'] };

/**
 * The compose file of a declaration: each service in a container and on a network of its own, the emulator on all of
 * them.
 * @throws TargetError when a name is taken, or a service's source is not below the folder
 */
export function composeFile(declaration: Declaration, options: ComposeOptions): string {
  const { services, jobs = [], workerPools = [] } = declaration;
  const workloads = workloadsOf(declaration);
  const databases = services.flatMap((one) => (options.own?.has(one) ? [options.own.database(one.name)] : []));
  const databaseNames = databases.map(({ name }) => name);
  const besides = options.metadataIp.map(metadataName);
  refuseTaken([EMULATOR, OUTSIDE, 'metadata', 'localhost', ...databaseNames, ...besides], workloads);
  refuseUnknown(options.metadataIp, workloads);
  const placed = <W extends Workload>(all: readonly W[], make: (one: W) => Container) =>
    Object.fromEntries(all.flatMap((one) => place(one.name, make(one), options)));
  const file = {
    'x-contained': contained,
    services: {
      [EMULATOR]: { '<<': contained, ...emulatorContainer(declaration, options) },
      ...placed(services, (one) => appContainer(declaration, one, options)),
      ...placed(workerPools, (one) => poolContainer(declaration, one, options)),
      ...placed(jobs, (one) => jobContainer(declaration, one, options)),
      ...Object.fromEntries(databases.map(({ name, container }) => [name, { '<<': contained, ...container }])),
    },
    networks: { [OUTSIDE]: {}, ...Object.fromEntries(workloads.map(({ name }) => [name, ownNetwork])) },
    volumes: Object.fromEntries([
      ...[EMULATOR, ...workloads.map(({ name }) => name), ...databaseNames].map((name) => [`${name}-state`, {}]),
      ...options.addresses.volumeNames.map((name) => [name, {}]),
    ]),
  };
  const from = heading(printable(relative(options.folder, declaration.file)));
  return `#${from.replaceAll('\n', '\n#')}\n${yamlText(file)}`;
}

function place(name: string, container: Container, { metadataIp }: ComposeOptions): [string, object][] {
  if (!metadataIp.includes(name)) return [[name, { '<<': contained, ...container }]];
  const [beside, inside] = atMetadataAddress(name, container);
  return [
    [metadataName(name), { '<<': contained, ...beside }],
    [name, { '<<': containedInside, ...inside }],
  ];
}

/** What steers a terminal or hides stands there escaped, which YAML does in double quotes alone. */
function yamlText(file: object): string {
  const document = new Document(file, { version: '1.1', anchorPrefix: 'shared' });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string' && HIDDEN.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const hidden = new RegExp(HIDDEN, 'gu');
  const escaped = (character: string) => `\\U${character.codePointAt(0)?.toString(16).padStart(8, '0')}`;
  return document.toString({ lineWidth: 120 }).replace(hidden, escaped);
}

const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** No way out, and none in: this machine itself has no address on it. */
const ownNetwork = { internal: true, driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' } };

function refuseTaken(taken: readonly string[], workloads: readonly Workload[]): void {
  const found = workloads.find(({ name }) => taken.includes(name));
  if (found !== undefined)
    throw new TargetError(
      `${found.name} cannot stand in a compose file: the name is taken there.`,
      'Name it otherwise in the declaration.',
    );
}
