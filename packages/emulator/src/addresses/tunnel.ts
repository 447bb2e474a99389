import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { SignLeaf } from '../identity/authority/leaves.ts';
import type { FindSpeaker } from './names.ts';

/** Names whose certificates are kept. */
const MOST_NAMES = 100;

/** A certificate is renewed so long before it ends. */
const BEFORE_END_MS = 3_600_000;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What a client says that does not trust a certificate: RFC 8446 section 6.2. */
const DISTRUST = /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/;

export interface TunnelsOptions {
  readonly sign: SignLeaf;
  readonly speakerAt: FindSpeaker;
  /** Told that a client does not trust the certificate. */
  readonly onUntrusted: (host: string) => void;
}

/** Ends TLS for host names that are answered here, each with a certificate of its own. */
export interface Tunnels {
  /** Takes over a connection on which a client begins to speak TLS with this host. */
  open(socket: Socket, host: string): Promise<void>;
  /** Whatever certificates there are: the next ones are by another authority. */
  forget(): void;
}

export function createTunnels({ sign, speakerAt, onUntrusted }: TunnelsOptions): Tunnels {
  const known = new Map<string, { readonly ends: number; readonly server: Promise<Server> }>();
  return {
    async open(socket, host) {
      const server = await serverOf(host);
      if (!socket.destroyed) server.emit('connection', socket);
    },
    forget: () => known.clear(),
  };

  function serverOf(host: string): Promise<Server> {
    const found = known.get(host);
    if (found !== undefined && Date.now() < found.ends - BEFORE_END_MS) return found.server;
    const leaf = sign(host);
    const server = leaf.then(({ cert, key }) => tlsServer(host, cert, key));
    const entry = { ends: Number.POSITIVE_INFINITY, server };
    known.delete(host);
    known.set(host, entry);
    leaf.then(
      ({ ends }) => known.get(host) === entry && known.set(host, { ends, server }),
      () => known.delete(host),
    );
    for (const oldest of known.keys()) if (known.size > MOST_NAMES) known.delete(oldest);
    return server;
  }

  /** It never listens: connections come to it from the proxy. */
  function tlsServer(host: string, cert: string, key: string): Server {
    const server = createServer({
      cert,
      key,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      // What is offered is chosen from, in the order of who answers; what it does not speak ends the handshake.
      ALPNCallback: ({ protocols }) => speakerAt(host)?.protocols.find((one) => protocols.includes(one)),
    });
    server.on('secureConnection', (socket) => {
      const speaker = speakerAt(host);
      if (speaker === undefined) socket.destroy();
      else speaker.take(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1');
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      socket.on('error', () => undefined);
      if (DISTRUST.test(error.code ?? '')) onUntrusted(host);
      socket.destroy();
    });
    return server;
  }
}
