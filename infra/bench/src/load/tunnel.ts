import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

/** The way to an https address through a forward proxy. */
export interface Tunnel {
  /** `http://HOST:PORT` */
  readonly proxy: string;
  /** PEM of the authority that the address is trusted by. */
  readonly authority: string;
}

/** Opens TLS with a host behind a proxy (RFC 9110 section 9.3.6). @param protocol as ALPN names it */
export async function openTunnel(
  { proxy, authority }: Tunnel,
  { hostname, port }: URL,
  protocol: 'h2' | 'http/1.1',
): Promise<TLSSocket> {
  const asked = request(proxy, { method: 'CONNECT', path: `${hostname}:${port || 443}`, agent: false }).end();
  const [answer, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket];
  if (answer.statusCode !== 200) throw new Error(`${proxy} opens no tunnel: it answers ${answer.statusCode}.`);
  socket.setNoDelay(true);
  const encrypted = connect({ socket, servername: hostname, ca: authority, ALPNProtocols: [protocol] });
  await once(encrypted, 'secureConnect');
  if (encrypted.alpnProtocol !== protocol) throw new Error(`${hostname} does not speak ${protocol}.`);
  return encrypted;
}
