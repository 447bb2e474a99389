import type { Server } from 'node:http';
import { type IsOwnName, isLoopback, machineNames, ownNames } from '../../internal/own-names.ts';
import type { ServiceNetworks } from './service-networks.ts';

/** Where the emulator listens for everybody but the services that have networks of their own with it. */
export interface Outside {
  readonly host: string;
  /** Keeps out what comes from a service's own network: there the network's face decides by identity. */
  guard(server: Server): void;
  /** `host:port` as others reach it. */
  authority(port: number): string;
  /** Whether it is this emulator that a host name means. */
  readonly isOwnName: IsOwnName;
  /**
   * What changes a text with `host:port` in it into what is true for somebody who calls this machine by that name.
   * @param ports the emulator's own: others' addresses stay as they are
   */
  asCalledBy(name: string, ports: readonly number[]): (text: string) => string;
  /** The origin of a URL at this port by whatever name this machine is called, where it can be called so. */
  originAt(port: number, url: string): string | undefined;
}

/** @param names what users call this machine besides */
export function createOutside(host: string, names: readonly string[], networks: ServiceNetworks | undefined): Outside {
  const shown = reachable(host);
  const isMachine = machineNames([host, ...names]);
  const loopbackAlone = isLoopback(host);
  return {
    host,
    guard: (server) => networks?.keepOut(server),
    authority: (port) => `${shown}:${port}`,
    isOwnName: ownNames([host, ...names]),
    asCalledBy(name, ports) {
      if (loopbackAlone || name === shown || !isMachine(name) || (isLoopback(name) && isLoopback(shown))) return same;
      const own = new RegExp(`(?<![\\w.-])${shown.replaceAll(/[.[\]]/g, '\\$&')}:(${ports.join('|')})(?!\\d)`, 'g');
      return (text) => text.replace(own, (_, port: string) => `${name}:${port}`);
    },
    originAt(port, url) {
      const [origin, name = ''] = /^http:\/\/([^/?#@:[\]]+|\[[\da-f:.]+\]):\d+/i.exec(url) ?? [];
      return !loopbackAlone && origin === `http://${name}:${port}` && isMachine(name) ? origin : undefined;
    },
  };
}

const same = (text: string) => text;

/** What listens on every address, or is published from a container, is reached at this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
