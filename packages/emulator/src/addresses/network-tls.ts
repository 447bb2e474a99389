import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type Server as TlsServer } from 'node:tls';
import type { SignLeaf } from '../identity/authority/leaves.ts';
import type { ServiceNetworks } from '../run/networks/service-networks.ts';
import { endTls } from './end-tls.ts';
import { keptByName } from './kept-by-name.ts';
import type { FindSpeaker } from './names.ts';

/** Connections at once, of all networks. */
const MOST_CONNECTIONS = 4_096;

/** What OpenSSL says where a handshake fails because there is no certificate to show. */
const NO_CERTIFICATE = /NO_SUITABLE_SIGNATURE_ALGORITHM|NO_SHARED_CIPHER/;

export interface NetworkTlsOptions {
  readonly networks: ServiceNetworks;
  readonly sign: SignLeaf;
  readonly speakerAt: FindSpeaker;
  /** Told that a service's program does not trust the certificate. */
  readonly onUntrusted: (host: string, caller: string) => void;
  /** Told that a service asks for a host that is answered by nobody here; empty where it names none. */
  readonly onUnknown: (host: string, caller: string) => void;
}

/** Where services meet production addresses on their own networks. */
export interface NetworkTls {
  readonly server: Server;
  /** Whether somebody answers at this name. */
  answersAt(host: string): boolean;
  /** Whatever certificates there are: the next ones are by another authority. */
  forget(): void;
  /** Cuts every connection. */
  cut(): void;
}

/**
 * Ends TLS for what comes in on the networks of services. The host that a client names in its handshake (SNI: RFC 6066
 * section 3) says who answers, and nothing else: who asks is known by the network.
 */
export function createNetworkTls(options: NetworkTlsOptions): NetworkTls {
  const { networks, sign, speakerAt, onUntrusted, onUnknown } = options;
  const contexts = keptByName(sign, (_host, { cert, key }) => createSecureContext({ cert, key }));
  const servers = new Map<string, TlsServer>();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const caller = networks.callerOn(socket);
    if (caller === undefined) return void socket.destroy();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serverFor(caller).emit('connection', socket);
  });
  server.maxConnections = MOST_CONNECTIONS;
  return {
    server,
    answersAt: (host) => speakerAt(host) !== undefined,
    forget: contexts.forget,
    cut() {
      for (const socket of open) socket.destroy();
    },
  };

  /** Of each service one: what fails is told with its name. */
  function serverFor(caller: string): TlsServer {
    const known = servers.get(caller) ?? tlsServer(caller);
    servers.set(caller, known);
    return known;
  }

  function tlsServer(caller: string): TlsServer {
    return endTls({
      SNICallback(asked, done) {
        const host = hostOf(asked);
        if (speakerAt(host) !== undefined) {
          contexts.of(host).then((context) => done(null, context), done);
          return;
        }
        onUnknown(host, caller);
        // Without a certificate the client is told that the handshake failed.
        done(null);
      },
      hostOf,
      speakerAt,
      onUntrusted: (host) => onUntrusted(host, caller),
      onFailed(host, code) {
        if (host === '' && NO_CERTIFICATE.test(code)) onUnknown('', caller);
      },
    });
  }
}

function hostOf(asked: string): string {
  return asked.toLowerCase();
}
