import { serve } from '../processes/serve.ts';
import { openConnection } from './connection.ts';
import { openHttp2Connection } from './http2-connection.ts';
import type { Tunnel } from './tunnel.ts';

/** A load: `connections` keep-alive connections, each with one request in flight, for about `milliseconds`. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  /** In HTTP/2, with so many requests in flight on each connection. */
  readonly streams?: number;
  /** The way to the URL, where it is https. */
  readonly tunnel?: Tunnel | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}

const handlers = {
  /** Answered requests per second. The connections are opened, and answered once, before the clock starts. */
  run: async ({ url, connections, streams, tunnel, headers, milliseconds }: Load): Promise<number> => {
    const target = new URL(url);
    const request = requestBytes(target, headers);
    const openOne = () =>
      streams === undefined
        ? openConnection(target, request, tunnel)
        : openHttp2Connection(target, headers, streams, tunnel);
    const open = await Promise.all(Array.from({ length: connections }, openOne));
    const started = performance.now();
    const end = started + milliseconds;
    try {
      const counts = await Promise.all(open.map((connection) => connection.run(() => performance.now() < end)));
      return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - started) / 1000);
    } finally {
      for (const connection of open) connection.close();
    }
  },
};
export type LoadHandlers = typeof handlers;

function requestBytes(target: URL, headers: Load['headers']): Buffer {
  const lines = Object.entries({ host: target.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${target.pathname}${target.search} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}

serve(handlers);
