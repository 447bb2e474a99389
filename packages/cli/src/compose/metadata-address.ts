import type { Workload } from '@run-edges/edges';
import { TargetError } from '../emulator-api.ts';
import { EMULATOR } from './emulator-container.ts';

const ADDRESS = '169.254.169.254';

/** A container as it stands in a compose file. */
export interface Container {
  readonly depends_on: Readonly<Record<string, object>>;
  readonly networks: readonly string[] | Readonly<Record<string, object>>;
  readonly profiles?: readonly string[];
  readonly [key: string]: unknown;
}

/** The container that answers at the metadata server's address beside a workload. */
export function metadataName(workload: string): string {
  return `${workload}-metadata`;
}

/**
 * A workload whose programs know the metadata server by its address alone, in the network namespace of a container that has
 * this address there: outside of it nobody sees it, so that each workload may have one.
 */
export function atMetadataAddress(name: string, { networks, ...container }: Container): readonly [object, object] {
  const beside = {
    image: `run-edges/${EMULATOR}:local`,
    entrypoint: ['node', '/app/metadata-address.js'],
    command: [],
    ...(container.profiles === undefined ? {} : { profiles: container.profiles }),
    depends_on: { [EMULATOR]: { condition: 'service_healthy' } },
    environment: { HOST: ADDRESS, PORT: '80' },
    healthcheck: { test: ['CMD', 'node', '/app/health.js', '/'], interval: '2s', timeout: '3s', start_period: '30s' },
    sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    mem_limit: '64m',
    networks: {
      [name]: { ...Object.entries(networks).find(([network]) => network === name)?.[1], link_local_ips: [ADDRESS] },
    },
  };
  const before = { [metadataName(name)]: { condition: 'service_healthy' }, ...container.depends_on };
  const inside = {
    ...container,
    depends_on: Object.fromEntries(Object.entries(before).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    network_mode: `service:${metadataName(name)}`,
  };
  return [beside, inside];
}

/** @throws TargetError for a name that nothing in the declaration has */
export function refuseUnknown(asked: readonly string[], workloads: readonly Workload[]): void {
  const known = workloads.map(({ name }) => name);
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TargetError(
      `${unknown} is no service, job or worker pool of the declaration, so that it asks no metadata server.`,
      `There are ${known.join(', ')}.`,
    );
}
