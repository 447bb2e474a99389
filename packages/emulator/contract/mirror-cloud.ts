import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Server } from 'node:net';
import type { EmulatorOptions } from '../src/index.ts';
import { type GateCloud, gateCloud } from './gate-cloud.ts';

export const protocols = ['http1', 'http2'] as const;
export type Protocol = (typeof protocols)[number];

/** A request as it reached the container. */
export interface Reached {
  readonly path: string;
  /** Names and values in turn, of its head and its trailers; of HTTP/2 the pseudo headers, too. */
  readonly raw: readonly string[];
  readonly body: string;
}

export interface MirrorCloud extends GateCloud {
  /** What reached a container, oldest first. */
  readonly reached: Reached[];
  /** What nobody caught. A process of its own would have ended. */
  readonly thrown: unknown[];
}

/** Gates before a container of either protocol, which keeps what reaches it and answers `<PATH>`. */
export async function mirrorCloud(protocol: Protocol, gate: EmulatorOptions['gate'] = {}): Promise<MirrorCloud> {
  const reached: Reached[] = [];
  const server = protocol === 'http1' ? http1Mirror(reached) : http2Mirror(reached);
  return watched(await gateCloud({ server, gate: { ...gate, services: servicesOf(protocol) } }), { reached });
}

export function servicesOf(protocol: Protocol) {
  const http2 = protocol === 'http2';
  return { open: { http2, concurrency: 80 }, closed: { http2, concurrency: 80 } };
}

/** Keeps what nobody catches while the gates are up. */
export function watched<More>(gates: GateCloud, more: More): GateCloud & More & { readonly thrown: unknown[] } {
  const thrown: unknown[] = [];
  const onThrown = (error: unknown) => thrown.push(error);
  const events = ['uncaughtException', 'unhandledRejection'];
  for (const event of events) process.on(event, onThrown);
  return {
    ...gates,
    ...more,
    thrown,
    async [Symbol.asyncDispose]() {
      await gates[Symbol.asyncDispose]();
      for (const event of events) process.off(event, onThrown);
    },
  };
}

/** The values of a header, whatever the case of its name. */
export function named({ raw }: Pick<Reached, 'raw'>, name: string): string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

function http1Mirror(reached: Reached[]): Server {
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1');
    });
    request.on('end', () => {
      reached.push({ path: request.url ?? '', raw: [...request.rawHeaders, ...request.rawTrailers], body });
      response.end(`<${request.url}>`);
    });
  };
  const server = createServer({ maxHeaderSize: 256 * 1024 }, listener);
  server.maxHeadersCount = 0;
  return server;
}

function http2Mirror(reached: Reached[]): Server {
  const server = createHttp2Server({ maxHeaderListPairs: 20_000 });
  server.on('session', (session) => session.on('error', () => undefined));
  server.on('stream', (stream, headers, _flags, raw) => {
    let body = '';
    let trailers: readonly string[] = [];
    stream.on('error', () => undefined);
    stream.on('trailers', (_fields, _flags, sent) => {
      trailers = sent;
    });
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1');
    });
    stream.on('end', () => {
      reached.push({ path: `${headers[':path']}`, raw: [...raw, ...trailers], body });
      if (!stream.closed) stream.respond();
      if (!stream.closed && headers[':method'] !== 'HEAD') stream.end(`<${headers[':path']}>`);
    });
  });
  return server as unknown as Server;
}
