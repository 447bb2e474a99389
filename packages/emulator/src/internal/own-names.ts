import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Whether a host name, without its port, is one of this emulator's. */
export type IsOwnName = (host: string) => boolean;

/** This machine, as its browsers and containers say it. */
const MACHINE = ['localhost', 'host.docker.internal', 'host.containers.internal', hostname().toLowerCase()];

const METADATA_SERVER = ['metadata', 'metadata.google.internal'];

/** Google's API hosts, the name that gcloud is given for Cloud Run's, and the emulator on the network of a service. */
const PLAYED =
  /^(?:[a-z0-9-]+\.)+(?:googleapis\.com|emulator\.internal|caller\.internal)$|^googleapis\.com$|^accounts\.google\.com$/;

/**
 * The names that the emulator answers to. A page can make a name of its own resolve to this machine (DNS rebinding),
 * and is then of the same origin as what answers to that name; it cannot do so with an address, nor with a name of
 * others. @param more a host name to listen on, and those that users add
 */
export function ownNames(more: readonly string[]): IsOwnName {
  const isMachine = machineNames(more);
  return (host) => isMachine(host) || METADATA_SERVER.includes(plain(host)) || PLAYED.test(plain(host));
}

/** The same but for the names of Google's services: by these the machine itself is called. */
export function machineNames(more: readonly string[]): IsOwnName {
  const names = new Set([...MACHINE, ...more.map(plain)]);
  return (host) => isIP(plain(host)) !== 0 || names.has(plain(host));
}

/** What a stranger's name is told. */
export function notOurName(host: string): string {
  return `run-edges answers to its own names here, and ${JSON.stringify(host.slice(0, 253))} is none of them. If you call this machine so, start with --name (in code: names).`;
}

function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/** @param host a name or an address, which may stand in brackets */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^\[?::1\]?$/.test(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}
