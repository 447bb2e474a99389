import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { FindSpeaker } from './names.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What a client says that does not trust a certificate: RFC 8446 section 6.2. */
const DISTRUST = /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/;

export interface EndTlsOptions extends Pick<TlsOptions, 'cert' | 'key' | 'SNICallback'> {
  /** The host name that a connection is for. @param asked in the handshake; empty where none is */
  readonly hostOf: (asked: string) => string;
  readonly speakerAt: FindSpeaker;
  /** Told that a client does not trust the certificate. */
  readonly onUntrusted: (host: string) => void;
  /** Told of any other handshake that failed. */
  readonly onFailed?: (host: string, code: string) => void;
}

/** Ends TLS, and hands what is behind it to who answers at the host. It never listens: connections are given to it. */
export function endTls({ hostOf, speakerAt, onUntrusted, onFailed, ...certificate }: EndTlsOptions): Server {
  const server = createServer({
    ...certificate,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // What is offered is chosen from, in the order of who answers; what it does not speak ends the handshake.
    ALPNCallback: ({ servername, protocols }) =>
      speakerAt(hostOf(servername || ''))?.protocols.find((one) => protocols.includes(one)),
  });
  const hostAt = ({ servername }: Pick<TLSSocket, 'servername'>) => hostOf(servername || '');
  server.on('secureConnection', (socket) => {
    const speaker = speakerAt(hostAt(socket));
    if (speaker === undefined) socket.destroy();
    else speaker.take(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1');
  });
  server.on('tlsClientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
    socket.on('error', () => undefined);
    if (DISTRUST.test(code)) onUntrusted(hostAt(socket));
    else onFailed?.(hostAt(socket), code);
    socket.destroy();
  });
  return server;
}
