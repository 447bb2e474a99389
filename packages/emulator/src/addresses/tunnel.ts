import type { Socket } from 'node:net';
import type { SignLeaf } from '../identity/authority/leaves.ts';
import { type EndTlsOptions, endTls } from './end-tls.ts';
import { keptByName } from './kept-by-name.ts';

export interface TunnelsOptions extends Pick<EndTlsOptions, 'speakerAt' | 'onUntrusted'> {
  readonly sign: SignLeaf;
}

/** Ends TLS for host names that are answered here, each with a certificate of its own. */
export interface Tunnels {
  /** Takes over a connection on which a client begins to speak TLS with this host. */
  open(socket: Socket, host: string): Promise<void>;
  /** Whatever certificates there are: the next ones are by another authority. */
  forget(): void;
}

export function createTunnels({ sign, ...told }: TunnelsOptions): Tunnels {
  const servers = keptByName(sign, (host, { cert, key }) => endTls({ ...told, cert, key, hostOf: () => host }));
  return {
    async open(socket, host) {
      const server = await servers.of(host);
      if (!socket.destroyed) server.emit('connection', socket);
    },
    forget: servers.forget,
  };
}
