import type { Socket } from 'node:net';
import { CONNECT_TIMEOUT_MS } from './container-client.ts';

/** Destroys a socket that is still connecting after the time that a container has to take a connection. */
export function boundConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => socket.destroy(new Error('the container took no connection')), CONNECT_TIMEOUT_MS);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}
