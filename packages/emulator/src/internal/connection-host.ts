import type { Duplex } from 'node:stream';

const hosts = new WeakMap<Duplex, string>();

/** The host name that a connection is for, where TLS has ended here. @returns undefined: it is for whatever it asks for */
export function connectionHost(socket: Duplex): string | undefined {
  return hosts.get(socket);
}

/** From now on a connection is for one host name alone. */
export function keepToHost(socket: Duplex, host: string): void {
  hosts.set(socket, host);
}
