import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6, type Server } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { TLSSocket } from 'node:tls';
import { EmulatorError } from '../../internal/errors.ts';

/** The two ends of a connection that was accepted, as `net.Socket` has them. */
export interface Connection {
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
}

/** The networks that services share with the emulator and nobody else. */
export interface ServiceNetworks {
  /** The service on whose network the connection came in; undefined: on none, and nobody's. */
  callerOn(connection: Connection): string | undefined;
  /** Makes a server that is meant for other networks cut what comes from a service's. */
  keepOut(server: Server): void;
}

interface ServiceNetwork {
  readonly service: string;
  readonly addresses: ReadonlySet<string>;
  readonly subnets: BlockList;
}

/** The name by which the emulator is known on a service's network, and by which it knows the network. */
export function callerHost(service: string): string {
  return `${service}.caller.internal`;
}

/** The name by which the emulator reaches a service on its network. A service's own name may be a gate's on another. */
export function containerHost(service: string): string {
  return `${service}.container.internal`;
}

/**
 * Finds the network of each service: the interface whose address `SERVICE.caller.internal` resolves to.
 * @throws EmulatorError NETWORK_MISSING, NETWORK_SHARED
 */
export async function findServiceNetworks(
  services: readonly string[],
  resolve: (host: string) => Promise<string> = async (host) => (await lookup(host, { family: 4 })).address,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): Promise<ServiceNetworks> {
  const found = new Map<string, ServiceNetwork>();
  for (const service of services) {
    const address = await resolve(callerHost(service)).catch(() => undefined);
    const [name, infos = []] = Object.entries(interfaces).find(([, infos]) => holds(infos, address)) ?? [];
    if (name === undefined) throw missing(service);
    const other = found.get(name);
    if (other !== undefined) throw shared(service, other.service);
    found.set(name, { service, addresses: new Set(infos.map((info) => info.address)), subnets: subnetsOf(infos) });
  }
  const networks = [...found.values()];

  return {
    // Both ends count: a packet that came round by another interface bears a foreign address at one of them.
    callerOn: ({ localAddress, remoteAddress }) =>
      networks.find((network) => holdsLocal(network, localAddress) && holdsRemote(network, remoteAddress))?.service,
    keepOut(server) {
      server.prependListener('connection', (socket) => {
        // None is accepted there: it was handed on, by who knows the network and keeps it to one host name.
        if (socket instanceof TLSSocket) return;
        const { localAddress, remoteAddress } = socket;
        const inside = networks.some(
          (network) => holdsLocal(network, localAddress) || holdsRemote(network, remoteAddress),
        );
        if (inside) socket.destroy();
      });
    },
  };
}

function holds(infos: readonly NetworkInterfaceInfo[] | undefined, address: string | undefined): boolean {
  return infos?.some((info) => info.address === address) ?? false;
}

function subnetsOf(infos: readonly NetworkInterfaceInfo[]): BlockList {
  const list = new BlockList();
  for (const { cidr, family } of infos) {
    const [address = '', prefix] = cidr?.split('/') ?? [];
    if (prefix !== undefined) list.addSubnet(address, Number(prefix), family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return list;
}

function holdsLocal({ addresses }: ServiceNetwork, address: string | undefined): boolean {
  return address !== undefined && addresses.has(plain(address));
}

function holdsRemote({ subnets }: ServiceNetwork, address: string | undefined): boolean {
  if (address === undefined) return false;
  const known = plain(address);
  return subnets.check(known, isIPv6(known) ? 'ipv6' : 'ipv4');
}

/** IPv4 as such where a socket for both families shows it as IPv6; no zone behind a link-local address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
}

function missing(service: string): EmulatorError {
  return new EmulatorError(
    'NETWORK_MISSING',
    `${service} has no network here: ${callerHost(service)} is no address of this machine.`,
    `Put ${service} and the emulator on a network of their own, where the emulator has the alias ${callerHost(service)}.`,
  );
}

function shared(service: string, other: string): EmulatorError {
  return new EmulatorError(
    'NETWORK_SHARED',
    `${service} and ${other} are on one network: each could pass for the other, and go round its gate.`,
    'Give each service a network of its own with the emulator.',
  );
}
