import { Server, type ServerOptions } from 'node:http';
import { type ServerOptions as Http2Options, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { http2Options, isOfFrames } from './http2-limits.ts';
import { type Protocol, protocols, sniff } from './sniff.ts';

export interface TwoProtocolOptions extends ServerOptions {
  readonly headersTimeout: number;
  readonly maxHeaderSize: number;
}

interface Session {
  /** Requests under way. */
  open: number;
}

/**
 * Speaks HTTP/1.1 and HTTP/2 on one port: a connection that begins with the preface of HTTP/2 is one, and any other is
 * node:http's as if nothing else were here. What closes the server closes both kinds.
 *
 * Beside node:http's own events it emits `stream` for a request in HTTP/2, with node:http2's arguments and the connection,
 * and `http2Error` where frames cannot be read on.
 * @see RFC 9113 section 3.3
 */
export class TwoProtocolServer extends Server {
  /** As ALPN names them, dearest first. */
  readonly protocols = protocols;
  readonly #takeHttp1: (socket: Duplex) => void;
  readonly #http2: Http2Options;
  readonly #headersTimeout: number;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  readonly #unsaid = new Set<Duplex>();

  constructor(options: TwoProtocolOptions) {
    super(options);
    this.#headersTimeout = options.headersTimeout;
    const takeHttp1 = this.listeners('connection') as ((socket: Duplex) => void)[];
    this.#takeHttp1 = (socket) => {
      for (const listener of takeHttp1) listener.call(this, socket);
    };
    this.removeAllListeners('connection');
    this.on('connection', (socket: Socket) => this.#sniff(socket));
    this.#http2 = http2Options(options.maxHeaderSize);
  }

  /** Serves a connection that somebody else accepted: behind TLS, for example, of which ALPN told the protocol. */
  take(socket: Duplex, protocol: Protocol): void {
    if (protocol === 'h2') this.#takeHttp2(socket);
    else this.#takeHttp1(socket);
  }

  override close(callback?: (error?: Error) => void): this {
    // Says farewell; what is under way goes on.
    for (const session of this.#sessions.keys()) session.close();
    return super.close(callback);
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const [session, { open }] of this.#sessions) if (open === 0) session.close();
    for (const socket of this.#unsaid) socket.destroy();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#unsaid) socket.destroy();
  }

  #sniff(socket: Socket): void {
    this.#unsaid.add(socket);
    // Whoever is given it listens for itself.
    socket.on('error', nothing);
    const late = setTimeout(() => this.#fail(socket, 'ERR_HTTP_REQUEST_TIMEOUT'), this.#headersTimeout);
    const decided = () => {
      clearTimeout(late);
      this.#unsaid.delete(socket);
    };
    socket.once('close', decided);
    sniff(socket, {
      onProtocol: (protocol) => {
        decided();
        this.take(socket, protocol);
      },
      onEnd: (bytes) => {
        decided();
        if (bytes.length === 0) socket.end();
        else this.#fail(socket, 'HPE_INVALID_EOF_STATE');
      },
    });
  }

  /** As node:http tells it of a connection that it has. */
  #fail(socket: Socket, code: string): void {
    this.emit('clientError', Object.assign(new Error('No request came.'), { code }), socket);
  }

  #takeHttp2(socket: Duplex): void {
    const session = performServerHandshake(socket, this.#http2);
    const state: Session = { open: 0 };
    this.#sessions.set(session, state);
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', (error) => {
      if (isOfFrames(error)) this.emit('http2Error', error);
    });
    // Who says nothing for as long as a head may take, and waits for nothing, is told to come again.
    session.setTimeout(this.#headersTimeout, () => {
      if (state.open === 0) session.close();
    });
    session.on('stream', (stream, headers, flags, raw) => {
      state.open++;
      stream.once('close', () => state.open--);
      this.emit('stream', stream, headers, flags, raw, socket);
    });
  }
}

const nothing = () => undefined;
