import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { EmulatorError } from './errors.ts';

/** Listens and gives the port. @throws EmulatorError PORT_TAKEN, HOST_UNAVAILABLE */
export async function listen(server: NetServer, host: string, port: number, what: string): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, host, port, what);
  }
  return (server.address() as AddressInfo).port;
}

export function listenError(error: unknown, host: string, port: number, what: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return new EmulatorError(
      'PORT_TAKEN',
      `Port ${port}, meant for ${what}, is taken: another run-edges or another program is using it.`,
      'Stop that one, or choose other ports with --port (0 picks free ones).',
    );
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new EmulatorError(
      'HOST_UNAVAILABLE',
      `Cannot listen on ${host} port ${port} for ${what} (${code}).`,
      'Name an address of this machine with --host and a port above 1023 with --port.',
    );
  return error;
}

/** Stops listening and ends the connections that are still open. */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
