import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Answers that no emulator, no metadata server and no gate gives. */
export const rubbish: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'nothing at all': (response) => response.end(),
  'a page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>'),
  'an error page': (response) => response.writeHead(500).end('<h1>Error: Forbidden</h1>'),
  'a redirect': (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  'a circle of redirects': (response) => response.writeHead(307, { location: '' }).end(),
  'half of JSON': (response) => response.end('{"services": ['),
  null: (response) => response.end('null'),
  'a number': (response) => response.end('1e999'),
  'a list': (response) => response.end('[[[]]]'),
  'deep JSON': (response) => response.end(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
  'wrong types': (response) =>
    response.end('{"id":1,"number":null,"region":{},"services":[null],"principals":{"length":3},"edges":"x"}'),
  'keys of the prototype': (response) =>
    response.end('{"__proto__":{"id":"a","services":[]},"constructor":{"prototype":{"polluted":true}}}'),
  'an endless body': (response) => {
    const piece = Buffer.alloc(1 << 20, '[');
    const more = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  },
  'a bomb': (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 << 20, ' '))),
  'half an answer': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setImmediate(() => response.destroy());
  },
  'no HTTP': (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
  'controls in a status line': (response) => response.socket?.end('HTTP/1.1 200 \x1b]0;owned\x07\r\n\r\n'),
};

/** Listens on this machine until it is disposed. */
export async function serve(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly server: Server; readonly url: string }> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
