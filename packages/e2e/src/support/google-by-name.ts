import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Cloud } from '@run-edges/emulator';
import { certify } from './authority.ts';

/** An emulator under Google's own names: programs that know no other address reach it, unchanged, as their proxy. */
export interface GoogleByName extends AsyncDisposable {
  /** The environment that leads curl and the programs of Node.js, Python and Go there for what is https. */
  readonly env: Readonly<Record<string, string>>;
  /** The authority's certificate, a file in PEM; and the proxy's port: what has options of its own is given these. */
  readonly authorityFile: string;
  readonly port: number;
  /** Host names that were asked for, with ports. */
  readonly asked: readonly string[];
}

export interface GoogleByNameOptions {
  /** A folder of the caller's own, for the certificate of the authority. */
  readonly folder: string;
  /** Of the project: `run.app` names hold it. Default the emulator's own. */
  readonly region?: string;
  /** `host:port` of the metadata server that answers to `metadata.google.internal`. Default: none does. */
  readonly metadataHost?: string;
}

/**
 * Hosts below `googleapis.com` are the API's, those below `run.app` any gate's: it picks the service by its Host.
 * @param cloud asked for when a program connects: it may start later
 */
export async function googleByName(cloud: () => Cloud, options: GoogleByNameOptions): Promise<GoogleByName> {
  const { region = 'us-central1' } = options;
  const names = ['*.googleapis.com', 'accounts.google.com', `*.${region}.run.app`, '*.a.run.app'];
  const { authority, cert, key } = await certify(names);
  const authorityFile = join(options.folder, 'authority.pem');
  await writeFile(authorityFile, authority);
  const asked: string[] = [];
  const open = new Set<Socket>();

  // Bytes go through as they came: what is said, and in which version of HTTP, is between the two ends.
  const https = createTlsServer({ cert, key }, (socket) => {
    const { servername = '' } = socket as TLSSocket & { servername?: string };
    const { services, url } = cloud();
    lead(socket, new URL((servername.endsWith('.run.app') ? services[0]?.url : undefined) ?? url), open);
  });
  https.on('tlsClientError', () => {});
  const proxy = createServer((asking, answer) => {
    const { hostname } = URL.parse(asking.url ?? '') ?? { hostname: '' };
    asked.push(hostname);
    if (hostname !== 'metadata.google.internal' || options.metadataHost === undefined) answer.writeHead(502).end();
    else passOn(asking, answer, options.metadataHost);
  });
  proxy.on('connect', (asking: IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(asking.url ?? '');
    track(socket, open);
    if (!/(?:\.googleapis\.com|^accounts\.google\.com|\.run\.app):443$/.test(asking.url ?? '')) {
      socket.end('HTTP/1.1 502 Not Google\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    https.emit('connection', socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}`;
  return {
    authorityFile,
    port,
    asked,
    env: {
      https_proxy: address,
      HTTPS_PROXY: address,
      ...(options.metadataHost !== undefined && { http_proxy: address }),
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: authorityFile,
      CURL_CA_BUNDLE: authorityFile,
      REQUESTS_CA_BUNDLE: authorityFile,
      SSL_CERT_FILE: authorityFile,
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, 'close');
    },
  };
}

function lead(here: Socket, { hostname, port }: URL, open: Set<Socket>): void {
  const there = connect(Number(port), hostname);
  track(there, open);
  here.on('error', () => there.destroy()).on('close', () => there.destroy());
  there.on('close', () => here.destroy());
  here.pipe(there);
  there.pipe(here);
}

function track(socket: Socket, open: Set<Socket>): void {
  open.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
}

/** A request by a proxy for what is plain http. */
function passOn(asking: IncomingMessage, answer: ServerResponse, target: string): void {
  const { pathname, search } = new URL(asking.url ?? '');
  const headers = asking.rawHeaders.filter((_, index, all) => !/^proxy-/i.test(all[index - (index % 2)] ?? ''));
  const asked = request(`http://${target}`, { method: asking.method, path: pathname + search, headers });
  asked.on('response', (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
    answered.pipe(answer);
  });
  asked.on('error', () => answer.destroy());
  asking.pipe(asked);
}
