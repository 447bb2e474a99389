import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What came of asking at a proxy: the answers of a metadata server, and the status of a tunnel. */
export interface Tried {
  readonly plain: string;
  readonly tunnel: string;
  readonly connect: number | undefined;
}

const EMAIL = '/computeMetadata/v1/instance/service-accounts/default/email';
const METADATA = 'metadata.google.internal';

async function connectTo(proxy: string, authority: string): Promise<{ status: number | undefined; socket: Socket }> {
  const [host, port] = proxy.split(':');
  const asking = request({ host, port, method: 'CONNECT', path: authority }).end();
  const [answer, socket] = (await once(asking, 'connect')) as [IncomingMessage, Socket];
  return { status: answer.statusCode, socket };
}

async function tryAt(proxy: string, target: string): Promise<Tried> {
  const [host, port] = proxy.split(':');
  const headers = { host: METADATA, 'metadata-flavor': 'Google' };
  const asking = request({ host, port, path: `http://${METADATA}${EMAIL}`, headers }).end();
  const [plain] = (await once(asking, 'response')) as [IncomingMessage];
  const { socket } = await connectTo(proxy, `${METADATA}:80`);
  socket.write(`GET ${EMAIL} HTTP/1.1\r\nHost: ${METADATA}\r\nMetadata-Flavor: Google\r\nConnection: close\r\n\r\n`);
  const tunnel = (await text(socket)).split('\r\n\r\n').at(-1) ?? '';
  const { status, socket: other } = await connectTo(proxy, `${target}:443`);
  other.destroy();
  return { plain: await text(plain), tunnel, connect: status };
}

createServer(async (asked, answer) => {
  const { searchParams } = new URL(asked.url ?? '', 'http://a');
  const read = JSON.parse(searchParams.get('read') ?? '[]') as string[];
  const found = read.map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  });
  const proxy = searchParams.get('proxy');
  const tried = proxy === null ? found : await tryAt(proxy, searchParams.get('target') ?? '');
  answer.end(JSON.stringify(tried));
}).listen(Number(process.env.PORT));
