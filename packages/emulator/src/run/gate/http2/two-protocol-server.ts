import { Server, type ServerOptions } from 'node:http';
import { type ServerOptions as Http2Options, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { http2Options, isOfFrames } from './http2-limits.ts';
import { type Protocol, protocolOf, protocols } from './sniff.ts';

export interface TwoProtocolOptions extends ServerOptions {
  readonly headersTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
}

interface Opening {
  readonly since: number;
  readonly bytes: Buffer;
}

interface Session {
  /** Requests under way. */
  open: number;
  /** The newest stream that was accounted for: those of callers have odd numbers. */
  newest: number;
  /** The newest one that there was at the last look: its head has had its time. */
  looked: number;
}

/** Milliseconds between two looks at what nghttp2 reset by itself, of which it tells nothing. */
const LOOK_MS = 1000;

/**
 * Speaks HTTP/1.1 and HTTP/2 on one port: a connection that begins with the preface of HTTP/2 is one, and any other is
 * node:http's as if nothing else were here. What closes the server closes both kinds.
 *
 * Beside node:http's own events it emits `stream` for a request in HTTP/2, with node:http2's arguments and the connection,
 * `http2Error` where frames cannot be read on, and `http2Reset` with how many requests were reset before anybody saw them.
 * @see RFC 9113 section 3.3
 */
export class TwoProtocolServer extends Server {
  /** As ALPN names them, dearest first. */
  readonly protocols = protocols;
  readonly #takeHttp1: (socket: Duplex) => void;
  readonly #http2: Http2Options;
  readonly #headersTimeout: number;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  /** Connections that have not told their protocol, each with when it came and what came on it. */
  readonly #unsaid = new Map<Socket, Opening>();

  constructor(options: TwoProtocolOptions) {
    super(options);
    this.#headersTimeout = options.headersTimeout;
    const takeHttp1 = this.listeners('connection') as ((socket: Duplex) => void)[];
    this.#takeHttp1 = (socket) => {
      for (const listener of takeHttp1) listener.call(this, socket);
    };
    this.removeAllListeners('connection');
    this.#watch(options.connectionsCheckingInterval);
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
    for (const socket of this.#unsaid.keys()) socket.destroy();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#unsaid.keys()) socket.destroy();
  }

  /** Looks at the first bytes of each connection, as cheaply as can be: most are of one request in HTTP/1.1. */
  #watch(interval: number): void {
    const server = this;
    function onData(this: Socket, chunk: Buffer): void {
      const { since = 0, bytes } = server.#unsaid.get(this) ?? {};
      const all = bytes === undefined || bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const protocol = protocolOf(all);
      if (protocol === undefined) {
        server.#unsaid.set(this, { since, bytes: all });
        return;
      }
      leave(this);
      server.#begin(this, protocol, all);
    }
    function onEnd(this: Socket): void {
      const { bytes = none } = server.#unsaid.get(this) ?? {};
      leave(this);
      if (bytes.length === 0) this.end();
      else server.#fail(this, 'HPE_INVALID_EOF_STATE');
    }
    const leave = (socket: Socket) => {
      server.#unsaid.delete(socket);
      socket.off('data', onData);
      socket.off('end', onEnd);
    };
    this.on('connection', (socket: Socket) => {
      this.#unsaid.set(socket, { since: performance.now(), bytes: none });
      // Whoever is given it listens for itself.
      socket.on('error', nothing);
      socket.on('data', onData);
      socket.on('end', onEnd);
    });
    this.on('listening', () => {
      const timers = [setInterval(() => this.#endLate(), interval), setInterval(() => this.#lookForReset(), LOOK_MS)];
      for (const timer of timers) timer.unref();
      this.once('close', () => timers.forEach(clearInterval));
    });
  }

  #begin(socket: Socket, protocol: Protocol, bytes: Buffer): void {
    if (protocol === 'http/1.1') {
      this.#takeHttp1(socket);
      socket.emit('data', bytes);
      return;
    }
    socket.pause();
    socket.unshift(bytes);
    this.#takeHttp2(socket);
  }

  #endLate(): void {
    const before = performance.now() - this.#headersTimeout;
    for (const [socket, { since }] of this.#unsaid) {
      if (socket.destroyed) this.#unsaid.delete(socket);
      else if (since <= before) this.#fail(socket, 'ERR_HTTP_REQUEST_TIMEOUT');
    }
  }

  #lookForReset(): void {
    for (const [session, state] of this.#sessions) {
      this.#account(state, state.looked);
      state.looked = session.state.lastProcStreamID ?? -1;
    }
  }

  /** Tells of streams up to this one that never became requests: a count alone, however many they are. */
  #account(state: Session, newest = -1): void {
    const unseen = (newest - state.newest) / 2;
    if (unseen <= 0) return;
    state.newest = newest;
    this.emit('http2Reset', unseen);
  }

  /** As node:http tells it of a connection that it has. */
  #fail(socket: Socket, code: string): void {
    this.emit('clientError', Object.assign(new Error('No request came.'), { code }), socket);
  }

  #takeHttp2(socket: Duplex): void {
    const session = performServerHandshake(socket, this.#http2);
    const state: Session = { open: 0, newest: -1, looked: -1 };
    this.#sessions.set(session, state);
    const account = () => this.#account(state, session.state.lastProcStreamID);
    // Behind these nothing is known of it any more.
    socket.prependListener('error', account);
    // Who can open no window any more is gone, as in HTTP/1.1: an answer would wait for it as long as a request may take.
    socket.prependListener('end', () => {
      account();
      session.destroy();
    });
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', (error) => {
      // Who has all answers and leaves asks nothing. grpc-go does so by a GOAWAY that names a stream of its own, an error.
      const leaves = state.newest > 0 && state.open === 0;
      if (isOfFrames(error) && !leaves) this.emit('http2Error', error);
    });
    // Who says nothing for as long as a head may take, and waits for nothing, is told to come again.
    session.setTimeout(this.#headersTimeout, () => {
      if (state.open > 0) return;
      account();
      session.close();
    });
    session.on('stream', (stream, headers, flags, raw) => {
      const id = Number(stream.id);
      // Some begin with the third: the first was that of an upgrade.
      if (state.newest > 0 || id > 3) this.#account(state, id - 2);
      state.newest = id;
      state.open++;
      // A caller may end it in error at any moment: whoever listens for its end is told there.
      stream.on('error', nothing);
      stream.once('close', () => {
        // What ends with its connection was under way.
        if (!session.destroyed) state.open--;
      });
      this.emit('stream', stream, headers, flags, raw, socket);
    });
  }
}

const nothing = () => undefined;
const none = Buffer.alloc(0);
