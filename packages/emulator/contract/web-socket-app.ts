import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export interface WebSocketApp {
  readonly server: Server;
  /** Requests that asked for a WebSocket, oldest first. */
  readonly asked: IncomingMessage[];
  /** Payloads of the pongs that came. */
  readonly pongs: string[];
  /** Connections that are open now. */
  readonly open: Set<Socket>;
}

/**
 * A WebSocket server of short frames: it pings on the path `/ping`, refuses on `/refuse`, closes with 4001 on
 * `/close`, and otherwise says back what it hears. @see RFC 6455
 */
export function webSocketApp(): WebSocketApp {
  const asked: IncomingMessage[] = [];
  const pongs: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_request, response) => void response.end('no WebSocket'));
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    if (request.url === '/refuse') {
      socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      return;
    }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
    // The first frame in the same packet as the head.
    const first =
      request.url === '/ping'
        ? frame(PING, Buffer.from('are you there'))
        : request.url === '/close'
          ? frame(CLOSE, Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from('enough')]))
          : Buffer.alloc(0);
    socket.write(Buffer.concat([Buffer.from(head), first]));
    let kept = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      for (let read = readFrame(kept); read !== undefined; read = readFrame(kept)) {
        kept = kept.subarray(read.length);
        if (read.kind === PONG) pongs.push(read.payload.toString());
        else if (read.kind === CLOSE) socket.end(frame(CLOSE, read.payload));
        else socket.write(frame(TEXT, read.payload));
      }
    });
  });
  return { server, asked, pongs, open };
}

function frame(kind: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | kind, payload.length]), payload]);
}

/** A client's frame of fewer than 126 bytes. */
function readFrame(bytes: Buffer): { kind: number; payload: Buffer; length: number } | undefined {
  const size = (bytes[1] ?? 0) & 0x7f;
  const length = 6 + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { kind: (bytes[0] ?? 0) & 0x0f, payload, length };
}
