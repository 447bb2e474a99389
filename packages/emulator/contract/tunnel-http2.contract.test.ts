import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { Server } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { type Protocol, protocols, watched } from './mirror-cloud.ts';
import { programOf } from './through-proxy.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;
const MIB = 1024 * 1024;
const STREAMS = 100;

/** What the container has seen. */
interface Seen {
  reached: number;
  /** Requests whose caller went before their answer was whole. */
  gone: number;
  changed: () => void;
}

function answer(
  seen: Seen,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): void {
  const out = response as ServerResponse;
  seen.reached++;
  request.on('error', () => undefined);
  out.on('error', () => undefined);
  out.on('close', () => {
    // A reset makes Node end a stream of HTTP/2, too, as if all had been written.
    if ('stream' in out ? (out.stream as ClientHttp2Stream).rstCode === NGHTTP2_NO_ERROR : out.writableFinished) return;
    seen.gone++;
    seen.changed();
  });
  const { pathname } = new URL(request.url ?? '', 'http://a');
  if (pathname === '/trailers') {
    out.writeHead(200, { trailer: 'x-last' });
    out.write('body');
    out.addTrailers({ 'x-last': 'trailer' });
    out.end();
  } else if (pathname === '/reset') {
    out.write('some', () => ('stream' in out ? (out.stream as ClientHttp2Stream).close(2) : out.destroy()));
  } else if (pathname === '/waits') out.write('some');
  else if (pathname === '/echo')
    buffer(request).then(
      (body) => out.end(JSON.stringify({ length: body.length, trailers: request.trailers })),
      () => undefined,
    );
  else out.end(Buffer.alloc(Number(pathname.slice(1)), 'x'));
}

function containerOf(protocol: Protocol, seen: Seen): Server {
  if (protocol === 'http1') return createServer((request, response) => answer(seen, request, response));
  const server = createHttp2Server((request, response) => answer(seen, request, response));
  server.on('session', (session) => session.on('error', () => undefined));
  return server as unknown as Server;
}

describe.each(protocols)('HTTP/2 inside a tunnel, to a container that speaks %s', (protocol) => {
  const seen: Seen = { reached: 0, gone: 0, changed: () => undefined };
  let gates: GateCloud & { readonly thrown: unknown[] };
  beforeAll(async () => {
    const http2 = protocol === 'http2';
    const services = Object.fromEntries(['open', 'closed'].map((name) => [name, { http2, concurrency: 2 * STREAMS }]));
    const started = await gateCloud({
      server: containerOf(protocol, seen),
      addresses: 'production',
      gate: { services },
    });
    gates = watched(started, {});
  });
  afterAll(() => gates?.[Symbol.asyncDispose]());

  /** A session in a tunnel of its own, and how to cut the tunnel. */
  async function enter(receiver = 'open') {
    const host = gates.cloud.service(receiver).hosts[0];
    const socket = await programOf(gates.cloud, 'open').shake(host, { ALPNProtocols: ['h2'] });
    const session = connect(`https://${host}`, { createConnection: () => socket });
    session.on('error', () => undefined);
    return { session, cut: () => socket.destroy(), [Symbol.dispose]: () => session.destroy() };
  }
  const open = (session: ClientHttp2Session, path: string, more = {}) => {
    const stream = session.request({ ':path': path, ...more });
    stream.on('error', () => undefined);
    return stream;
  };
  async function statusOf(stream: ClientHttp2Stream): Promise<number | undefined> {
    const [headers] = await once(stream, 'response');
    return headers[':status'];
  }
  async function get(session: ClientHttp2Session, path: string) {
    const stream = open(session, path);
    return { status: await statusOf(stream), length: (await buffer(stream)).length };
  }
  /** Streams whose answers have begun, and go on. */
  const waiting = (session: ClientHttp2Session, count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const stream = open(session, '/waits');
        await once(stream, 'data');
        return stream;
      }),
    );
  async function gone(count: number): Promise<void> {
    while (seen.gone < count)
      await new Promise<void>((resolve) => {
        seen.changed = resolve;
      });
  }
  const isWell = async (session: ClientHttp2Session) => {
    expect(await get(session, '/2')).toEqual({ status: 200, length: 2 });
    expect(gates.thrown).toEqual([]);
  };

  test('what follows a body arrives, either way', async () => {
    using inside = await enter();
    const stream = open(inside.session, '/trailers');
    const trailers = once(stream, 'trailers');
    expect(await text(stream)).toBe('body');
    expect((await trailers)[0]).toMatchObject({ 'x-last': 'trailer' });

    const sent = inside.session.request(
      { ':path': '/echo', ':method': 'POST', trailer: 'x-sum' },
      { waitForTrailers: true },
    );
    sent.on('wantTrailers', () => sent.sendTrailers({ 'x-sum': '77' }));
    sent.end('hello');
    expect(JSON.parse(await text(sent))).toMatchObject({ length: 5, trailers: { 'x-sum': '77' } });
    await isWell(inside.session);
  });

  test.each([0, 65_535, 65_536, 65_537, MIB, 3 * MIB])('bodies of %i bytes, either way', async (size) => {
    using inside = await enter();
    expect(await get(inside.session, `/${size}`)).toEqual({ status: 200, length: size });
    const stream = open(inside.session, '/echo', { ':method': 'POST' });
    stream.end(Buffer.alloc(size, 'y'));
    expect(JSON.parse(await text(stream))).toMatchObject({ length: size });
  });

  test('a reset of the container’s ends that answer in error, and no other', async () => {
    using inside = await enter();
    const [other] = await waiting(inside.session, 1);
    const broken = open(inside.session, '/reset');
    const all = broken.toArray();
    await expect(all).rejects.toThrow();
    expect(broken.rstCode).not.toBe(NGHTTP2_NO_ERROR);
    expect(other?.closed).toBe(false);
    await isWell(inside.session);
  });

  test(`resets of the caller’s reach the container, ${STREAMS} at once, and no other stream`, async () => {
    using inside = await enter();
    const before = seen.gone;
    const [other, ...streams] = await waiting(inside.session, STREAMS);
    for (const stream of streams) stream.close(NGHTTP2_CANCEL);
    await gone(before + STREAMS - 1);
    expect(seen.gone).toBe(before + STREAMS - 1);
    expect(other?.closed).toBe(false);
    await isWell(inside.session);
  });

  test('a stream that nobody reads holds no other up', async () => {
    using inside = await enter();
    const unread = open(inside.session, `/${3 * MIB}`).pause();
    await statusOf(unread);
    for (let times = 0; times < 5; times++) expect((await get(inside.session, `/${MIB}`)).length).toBe(MIB);
    expect((await buffer(unread)).length).toBe(3 * MIB);
  });

  test('a farewell lets what is under way come to its end', async () => {
    using inside = await enter();
    const stream = open(inside.session, `/${MIB}`);
    await statusOf(stream);
    inside.session.close();
    expect((await buffer(stream)).length).toBe(MIB);
  });

  test('a tunnel that is cut ends all that is inside, and nothing else', async () => {
    using inside = await enter();
    using beside = await enter();
    const before = seen.gone;
    const [kept] = await waiting(beside.session, 1);
    await waiting(inside.session, 20);
    inside.cut();
    await gone(before + 20);
    expect(kept?.closed).toBe(false);
    await isWell(beside.session);
    using again = await enter();
    await isWell(again.session);
  });

  test('who may not is refused on each stream, while those that may go on, and the container is not reached', async () => {
    using inside = await enter('closed');
    const audience = `https://${gates.cloud.service('closed').hosts[0]}`;
    const authorization = `Bearer ${await gates.cloud.idToken('open', audience)}`;
    const allowed = open(inside.session, '/waits', { authorization });
    await once(allowed, 'data');
    const before = seen.reached;
    const refused = await Promise.all(
      [{}, { authorization: 'Bearer a.b.c' }, { authorization: `${authorization}x` }].map(async (headers) => {
        const stream = open(inside.session, '/2', headers);
        const status = await statusOf(stream);
        stream.resume();
        return status;
      }),
    );
    expect(refused).toEqual([403, 401, 401]);
    expect(seen.reached).toBe(before);
    expect(allowed.closed).toBe(false);
  });
});
