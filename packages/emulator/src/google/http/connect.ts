import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { isGooglesElsewhere, notEmulated } from '../../internal/google-hosts.ts';

/** A host and its port, as a request for a tunnel names them. */
const AUTHORITY = /^([\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i;

/**
 * Who asks for a tunnel, as for an https address through a proxy, is told why there is none: a connection that is dropped
 * says nothing, and clients try it again for long.
 */
export function refuseTunnels(server: Server): void {
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    const [, host] = AUTHORITY.exec(url) ?? [];
    if (host === undefined)
      return refuse(socket, 400, 'INVALID_ARGUMENT', 'CONNECT names no host and port (RFC 9110, section 9.3.6).');
    const message = isGooglesElsewhere(host)
      ? notEmulated(host)
      : `run-edges opens no tunnel to ${host}: what it plays it plays by http, at the addresses that run-edges env names.`;
    refuse(socket, 501, 'UNIMPLEMENTED', message);
  });
}

function refuse(socket: Socket, code: 400 | 501, status: string, message: string): void {
  const body = JSON.stringify({ error: { code, message, status } });
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
