import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isGooglesElsewhere, notEmulated } from '../internal/google-hosts.ts';

/**
 * Who asks for a tunnel, as for an https address through a proxy, is told why there is none: a connection that is dropped
 * says nothing, and clients try it again for long.
 */
export function refuseTunnels(server: Server): void {
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    const [, host = url] = /^(.+?)(?::\d+)?$/.exec(url) ?? [];
    const message = isGooglesElsewhere(host)
      ? notEmulated(host)
      : `run-edges opens no tunnel to ${host}: what it plays it plays by http, at the addresses that run-edges env names.`;
    const body = JSON.stringify({ error: { code: 501, message, status: 'UNIMPLEMENTED' } });
    socket.end(
      `HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
