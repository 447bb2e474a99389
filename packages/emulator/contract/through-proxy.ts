import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Cloud } from '../src/index.ts';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** What a program of a caller does that goes by its environment alone. */
export interface Program {
  /** `host:port`. */
  readonly proxy: string;
  /** What is answered to a request for a tunnel, and the connection. */
  tunnel(authority: string): Promise<{ readonly answer: IncomingMessage; readonly socket: Socket }>;
  /** TLS inside a tunnel. @throws what the handshake fails by */
  shake(host: string, options?: ConnectionOptions): Promise<TLSSocket>;
  /** A request for an https address. */
  ask(url: string, sent?: Sent): Promise<Answer>;
  /** A request for a plain address, which the proxy is sent whole. */
  plain(url: string, sent?: Sent): Promise<Answer>;
}

export function programOf(cloud: Cloud, caller: string): Program {
  const env = cloud.env(caller);
  const proxy = new URL(env.HTTPS_PROXY ?? '');
  const ca = readFileSync(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8');

  async function tunnel(authority: string) {
    const asking = httpRequest({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: authority }).end();
    const [answer, socket] = (await once(asking, 'connect')) as [IncomingMessage, Socket];
    return { answer, socket };
  }
  async function shake(host: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { answer, socket } = await tunnel(`${host}:443`);
    if (answer.statusCode !== 200) throw new Error(`no tunnel: ${answer.statusCode}`);
    const inside = connect({ socket, servername: host, ca, ...options });
    await once(inside, 'secureConnect');
    return inside;
  }
  return {
    proxy: proxy.host,
    tunnel,
    shake,
    async ask(url, { body, ...sent } = {}) {
      const { hostname, pathname, search } = new URL(url);
      const inside = await shake(hostname);
      const headers = { host: hostname, ...sent.headers };
      const asking = httpRequest({ ...sent, path: pathname + search, headers, createConnection: () => inside });
      asking.end(body);
      return answerTo(asking);
    },
    async plain(url, { body, ...sent } = {}) {
      const { hostname: host, port } = proxy;
      const asking = httpRequest({
        host,
        port,
        path: url,
        ...sent,
        headers: { host: new URL(url).host, ...sent.headers },
      });
      asking.end(body);
      return answerTo(asking);
    },
  };
}

async function answerTo(asking: ReturnType<typeof httpRequest>): Promise<Answer> {
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const body = await text(answer);
  return { status: answer.statusCode, headers: answer.headers, body, trailers: answer.trailers };
}
