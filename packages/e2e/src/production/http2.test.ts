import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServiceClient, type ServiceClient } from '@run-edges/auth/outbound';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { type Dispatcher, interceptors, ProxyAgent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

const MIB = 1024 * 1024;
const CONNECTED = 'undici:client:connected';

let app: Server;
let cloud: Cloud;
/** What the containers were asked. */
let reached: string[];
/** What connections of production addresses speak, as ALPN has it. */
let spoken: unknown[];

beforeAll(async () => {
  app = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    if (request.url === '/moved') response.writeHead(307, { location: '/there' }).end();
    else if (request.url === '/away') response.writeHead(302, { location: 'https://evil.example/' }).end();
    else if (request.url === '/large') response.end(Buffer.alloc(5 * MIB, 'x'));
    else if (request.url === '/own-401') response.writeHead(401).end('the app’s own');
    else request.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const front = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  cloud = await startEmulator({
    addresses: 'production',
    edges: parseDeclaration('services: { caller: { calls: [echo] }, echo: {}, closed: {} }', 'edges.yaml'),
    fronts: { caller: front, echo: front, closed: front },
  });
});
afterAll(async () => {
  await cloud.stop();
  app.close();
  app.closeAllConnections();
});

const onConnected: ChannelListener = (message) => {
  const { connectParams, socket } = message as { connectParams: { host: string }; socket: { alpnProtocol?: unknown } };
  if (connectParams.host.endsWith('.run.app')) spoken.push(socket.alpnProtocol);
};
beforeEach(() => {
  reached = [];
  spoken = [];
  subscribe(CONNECTED, onConnected);
});
afterEach(() => {
  unsubscribe(CONNECTED, onConnected);
});

const urlOf = (service: string) => `https://${cloud.service(service).hosts[0]}`;

/** Goes by the environment of a service alone, and offers HTTP/2. */
function proxied(): Dispatcher {
  const { HTTPS_PROXY: uri = '', NODE_EXTRA_CA_CERTS: file = '' } = cloud.env('caller');
  const agent = new ProxyAgent({ uri, allowH2: true, requestTls: { ca: readFileSync(file, 'utf8') } });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** @param refused how many tokens are good for nothing, before those that are */
function clientOf(receiver: string, { refused = 0 } = {}): ServiceClient {
  let fetched = 0;
  const fetchIdToken = async (audience: string) => {
    const token = await cloud.idToken('caller', audience);
    return fetched < refused ? `${token.slice(0, -12)}AAAAAAA${fetched++}${token.slice(-4)}` : token;
  };
  return createServiceClient({
    url: urlOf(receiver),
    dispatcher: proxied(),
    source: { identity: `caller-${refused}-${Math.random()}`, fetchIdToken },
  });
}

const rules = (from: number) =>
  cloud.decisions
    .list()
    .slice(from)
    .map(({ status, rule }) => `${status} ${rule}`);
const decided = () => cloud.decisions.list().length;

function inPieces(count: number, size: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(size));
      else controller.close();
    },
  });
}
const streamed = (body: ReadableStream<Uint8Array>): RequestInit => ({
  ...{ method: 'POST', body: body as RequestInit['body'] & object },
  duplex: 'half',
});

describe('fetch of a client, in HTTP/2 through the proxy to a production address', () => {
  test('a hundred at once on one connection, what is large, and what comes in pieces', async () => {
    const echo = clientOf('echo');
    expect(await (await echo.fetch('/first', { method: 'POST', body: 'first' })).text()).toBe('first');
    const bodies = Array.from({ length: 100 }, (_, index) => `${index}`);
    const answers = await Promise.all(
      bodies.map(async (body) => (await echo.fetch('/x', { method: 'POST', body })).text()),
    );
    expect(answers).toEqual(bodies);
    expect((await (await echo.fetch('/large')).arrayBuffer()).byteLength).toBe(5 * MIB);
    const back = await echo.fetch('/x', streamed(inPieces(100, 20_000)));
    expect((await back.arrayBuffer()).byteLength).toBe(2_000_000);
    expect(spoken).toEqual(['h2']);
  });

  test('an edge that is not there is a FrontEndError, and no container is reached', async () => {
    await expect(clientOf('closed').fetch('/x')).rejects.toMatchObject({
      name: 'FrontEndError',
      code: 'RUN_AUTH_FRONT_END_FORBIDDEN',
    });
    expect(reached).toEqual([]);
    expect(spoken).toEqual(['h2']);
  });

  test('a token that the front end refuses is another one the next time, and the body goes once more', async () => {
    const before = decided();
    const answer = await clientOf('echo', { refused: 1 }).fetch('/x', { method: 'POST', body: 'again' });
    expect([answer.status, await answer.text()]).toEqual([200, 'again']);
    expect(rules(before)).toEqual([expect.stringMatching(/^401 /), '200 invoker']);
    expect(reached).toEqual(['POST /x']);
    expect(spoken).toEqual(['h2']);
  });

  test('not more than once, and never with a body that is gone', async () => {
    const refused = { name: 'FrontEndError', code: 'RUN_AUTH_FRONT_END_UNAUTHORIZED' };
    let before = decided();
    await expect(clientOf('echo', { refused: 9 }).fetch('/x')).rejects.toMatchObject(refused);
    expect(rules(before)).toHaveLength(2);
    before = decided();
    const stream = streamed(inPieces(3, 10));
    await expect(clientOf('echo', { refused: 1 }).fetch('/x', stream)).rejects.toMatchObject(refused);
    expect(rules(before)).toHaveLength(1);
    expect(reached).toEqual([]);
  });

  test('a 401 of the app is the app’s, and makes no call twice', async () => {
    const answer = await clientOf('echo').fetch('/own-401');
    expect([answer.status, await answer.text()]).toEqual([401, 'the app’s own']);
    expect(reached).toEqual(['GET /own-401']);
  });

  test('redirects are followed within the origin, with the body, and nowhere else', async () => {
    const echo = clientOf('echo');
    const answer = await echo.fetch('/moved', { method: 'PUT', body: 'kept' });
    expect([answer.status, await answer.text(), answer.url]).toEqual([200, 'kept', `${urlOf('echo')}/there`]);
    await expect(echo.fetch('/away')).rejects.toMatchObject({ code: 'RUN_AUTH_REDIRECT_REFUSED' });
    expect(reached).toEqual(['PUT /moved', 'PUT /there', 'GET /away']);
  });

  test('a call that is given up ends its stream, and none of the others', async () => {
    const echo = clientOf('echo');
    await echo.fetch('/first');
    const end = new AbortController();
    const arrived = once(app, 'request');
    const given = echo.fetch('/x', { ...streamed(new ReadableStream()), signal: end.signal });
    const told = new Promise((resolve) => cloud.decisions.onDecision(resolve));
    await arrived;
    end.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    expect(await told).toMatchObject({ status: 499, rule: 'caller-gone' });
    expect((await echo.fetch('/last')).status).toBe(200);
    expect(spoken).toEqual(['h2']);
  });
});

describe('the interceptor of a client, in HTTP/2 through the proxy to a production address', () => {
  async function ask(
    client: ServiceClient,
    path: string,
    body: string,
    ...more: Dispatcher.DispatcherComposeInterceptor[]
  ) {
    const composed = proxied().compose(client.interceptor, ...more);
    const answer = await composed.request({ origin: client.origin, path, method: 'PUT', body });
    return [answer.statusCode, await answer.body.text()];
  }

  test('sends the token and what is to be sent', async () => {
    expect(await ask(clientOf('echo'), '/x', 'hello')).toEqual([200, 'hello']);
    expect(spoken).toEqual(['h2']);
  });

  test('a token that the front end refuses is another one the next time', async () => {
    const before = decided();
    expect(await ask(clientOf('echo', { refused: 1 }), '/x', 'again')).toEqual([200, 'again']);
    expect(rules(before)).toEqual([expect.stringMatching(/^401 /), '200 invoker']);
    expect(reached).toEqual(['PUT /x']);
  });

  test('an edge that is not there is a FrontEndError', async () => {
    await expect(ask(clientOf('closed'), '/x', '')).rejects.toMatchObject({ name: 'FrontEndError' });
    expect(reached).toEqual([]);
  });

  test('before undici’s own of redirects: within the origin, and nowhere else', async () => {
    const redirect = interceptors.redirect({ maxRedirections: 3 });
    const echo = clientOf('echo');
    expect(await ask(echo, '/moved', 'kept', redirect)).toEqual([200, 'kept']);
    await expect(ask(echo, '/away', '', redirect)).rejects.toMatchObject({ code: 'RUN_AUTH_ORIGIN_REFUSED' });
    expect(reached).toEqual(['PUT /moved', 'PUT /there', 'PUT /away']);
  });
});
