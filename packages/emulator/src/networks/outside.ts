import type { Server } from 'node:http';
import { type IsOwnName, ownNames } from '../internal/own-names.ts';
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
}

/** @param names what users call this machine besides */
export function createOutside(host: string, names: readonly string[], networks: ServiceNetworks | undefined): Outside {
  const shown = reachable(host);
  return {
    host,
    guard: (server) => networks?.keepOut(server),
    authority: (port) => `${shown}:${port}`,
    isOwnName: ownNames([host, ...names]),
  };
}

/** What listens on every address, or is published from a container, is reached at this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
