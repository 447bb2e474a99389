import { lookup as lookUp } from 'node:dns/promises';
import { BlockList, connect, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Addresses by which this machine, its networks and its cloud's metadata server would be reached. */
const notPublic4 = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  notPublic4.addSubnet(net, prefix, 'ipv4');
/** Of IPv6 one eighth is public, and not what stands for an address of IPv4: 6to4, Teredo. A list sees IPv4 in it, too. */
const notPublic6 = new BlockList();
for (const [net, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 32],
  ['2002::', 16],
] as const)
  notPublic6.addSubnet(net, prefix, 'ipv6');

const ownAddresses = () => Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));

const CONNECT_TIMEOUT_MS = 10_000;

/** How the world is reached. */
export interface World {
  readonly lookup: (host: string) => Promise<readonly { readonly address: string }[]>;
  readonly connect: (address: string, port: number) => Socket;
}

const theWorld: World = {
  lookup: (host) => lookUp(host, { all: true }),
  connect: (host, port) => connect({ host, port, timeout: CONNECT_TIMEOUT_MS }),
};

/** Opens a connection to a host name of the world outside; undefined where there is none, or where it is not outside. */
export type PassThrough = (host: string, port: number) => Promise<Socket | undefined>;

/**
 * Goes to public addresses alone, by host names alone, at the ports of http and https: what asks here must not reach this
 * machine, or its networks, as if it were the emulator. What a name resolves to is looked at, and that very address asked.
 */
export function createPassThrough({ lookup, connect }: World = theWorld): PassThrough {
  return async (host, port) => {
    if ((port !== 443 && port !== 80) || !isPublicName(host)) return undefined;
    const found = await lookup(host).catch(() => []);
    const [first] = found;
    if (first === undefined || found.some(({ address }) => !isPublicAddress(address))) return undefined;
    const socket = connect(first.address, port);
    return new Promise((resolve) => {
      const fail = () => {
        socket.destroy();
        resolve(undefined);
      };
      socket.once('error', fail).once('timeout', fail);
      socket.once('connect', () => {
        socket.off('error', fail).off('timeout', fail).setTimeout(0);
        resolve(socket);
      });
    });
  };
}

/** Two labels or more, the last of letters: no address in any spelling, and no name of a local network. */
function isPublicName(host: string): boolean {
  return (
    /^(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(host) && !/\.(?:internal|local|localhost|lan|home)$/.test(host)
  );
}

/** @param own this machine's, which may be public: what is asked there would come from the emulator */
export function isPublicAddress(address: string, own: readonly string[] = ownAddresses()): boolean {
  if (own.includes(address)) return false;
  const family = isIP(address);
  return family === 4 ? !notPublic4.check(address, 'ipv4') : family === 6 && !notPublic6.check(address, 'ipv6');
}
