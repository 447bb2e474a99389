import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { close } from '../internal/listen.ts';
import { endUnread } from '../run/gate/front-server.ts';
import { readTarget } from '../run/gate/request-target.ts';
import { type FindSpeaker, isMetadataServer } from './names.ts';
import type { PassThrough } from './pass-through.ts';
import type { Asked, Refusal } from './refusals.ts';
import type { Tunnels } from './tunnel.ts';

/** A host and its port, as a request for a tunnel names them: RFC 9110 section 9.3.6. */
const AUTHORITY = /^([a-z0-9](?:[\w.-]{0,252}))\.?:(\d{1,5})$/i;

/** Connections at once, tunnels among them. */
const MOST_CONNECTIONS = 4_096;

const LIMITS = { headersTimeout: 10_000, requestTimeout: 60_000, maxHeaderSize: 16_384 };

export interface ForwardProxyOptions {
  /** The metadata server of whom the proxy is for; nobody's at the developer's. */
  readonly metadata: Server | undefined;
  readonly speakerAt: FindSpeaker;
  readonly tunnels: Tunnels;
  /** Why who asks on this connection may not, where it may not. */
  readonly refusesCaller: (socket: Socket) => Refusal | undefined;
  /** Leads to the rest of the world, where it is asked for. */
  readonly passThrough: PassThrough | undefined;
  /** What is said of a request that leads nowhere. */
  readonly refuse: (asked: Asked) => Refusal;
}

export interface ForwardProxy {
  readonly server: Server;
  close(): Promise<void>;
}

/**
 * The way to production addresses for one identity: a tunnel for what is https, and plain requests for its metadata
 * server. Who asks is known by the port alone, and everything that it leads to is in this process.
 */
export function createForwardProxy(options: ForwardProxyOptions): ForwardProxy {
  const { metadata, speakerAt, tunnels, refusesCaller, passThrough, refuse } = options;
  const open = new Set<Socket>();
  const server = createServer(LIMITS);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', (error, socket) => endUnread(error, socket as Socket));
  server.on('request', plain);
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    tunnel(request, socket, head).catch(() => socket.destroy());
  });
  return {
    server,
    async close() {
      for (const socket of open) socket.destroy();
      await close(server);
    },
  };

  async function tunnel(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const [, name = '', digits = ''] = AUTHORITY.exec(request.url ?? '') ?? [];
    const [host, port] = [name.toLowerCase(), Number(digits)];
    const impostor = refusesCaller(socket);
    if (impostor !== undefined) return endWith(socket, impostor);
    // Node's fetch asks for a tunnel for plain http, too.
    const plainly = port === 80 && isMetadataServer(host) ? metadata : undefined;
    const here = plainly !== undefined || (port === 443 && speakerAt(host) !== undefined);
    const there = here ? undefined : await passThrough?.(host, port);
    if (!here && there === undefined) return endWith(socket, refuse(askedOf(request, host, port)));
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    if (there !== undefined) join(socket, there);
    else if (plainly === undefined) await tunnels.open(socket, host);
    else plainly.emit('connection', socket);
  }

  function plain(request: IncomingMessage, response: ServerResponse): void {
    const isProxied = /^http:\/\//i.test(request.url ?? '');
    const target = isProxied ? readTarget(request) : undefined;
    const [, digits = '80'] = /:(\d+)$/.exec(target?.authority ?? '') ?? [];
    const port = Number(digits);
    if (target === undefined || metadata === undefined || port !== 80 || !isMetadataServer(target.host)) {
      const asked = { ...askedOf(request, target?.host ?? '', port), path: target?.path ?? '' };
      const { status, text } = refusesCaller(request.socket) ?? refuse(asked);
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text);
      return;
    }
    // Its authority wins over Host: RFC 9112 section 3.2.2. It looks itself at who asks.
    request.url = target.target;
    request.headers.host = target.authority;
    metadata.emit('request', request, response);
  }
}

/** Bytes go through as they came, for as long as both ends are there. */
function join(here: Socket, there: Socket): void {
  // Who asked may have gone while the other end was looked for.
  if (here.destroyed) return void there.destroy();
  here.on('close', () => there.destroy());
  there.on('close', () => here.destroy()).on('error', () => here.destroy());
  here.pipe(there);
  there.pipe(here);
}

function askedOf({ method = '', headers }: IncomingMessage, host: string, port: number): Asked {
  const { traceparent } = headers;
  return { method, host, port, path: '', traceparent: typeof traceparent === 'string' ? traceparent : undefined };
}

function endWith(socket: Socket, { status, text }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
