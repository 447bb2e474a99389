import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { parseDeclaration } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiServer } from '../cloud/api-server.ts';
import { leafSigner } from '../identity/authority/leaves.ts';
import { makeAuthority } from '../identity/authority/make-authority.ts';
import { type Cloud, startEmulator } from '../index.ts';
import { listen } from '../internal/listen.ts';
import { ownNames } from '../internal/own-names.ts';
import { findServiceNetworks } from '../run/networks/service-networks.ts';
import { createNames } from './names.ts';
import { createNetworkTls, type NetworkTls } from './network-tls.ts';

const edges = 'services:\n  login: { public: true, calls: [search] }\n  search: { public: true }\n';
/** Linux takes every 127.x.y.z as its own: here they play the networks of containers. */
const subnet: Record<string, string> = { login: '127.91', search: '127.92' };
const interfaces = Object.fromEntries(
  Object.entries(subnet).map(([name, net]) => [
    name,
    [{ address: `${net}.0.2`, cidr: `${net}.0.2/16`, family: 'IPv4' } as NetworkInterfaceInfo],
  ]),
);
const noCurl = spawnSync('curl', ['--version']).error !== undefined;
const CERTS = '/oauth2/v3/certs';

describe.skipIf(process.platform !== 'linux')('https on the network of a service', () => {
  let cloud: Cloud;
  let api: FastifyInstance;
  let tls: NetworkTls;
  let port: number;
  let ca: string;
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let untrusted: unknown[];
  let unknown: unknown[];
  let searchHost: string;
  beforeAll(async () => {
    cloud = await startEmulator({
      edges: parseDeclaration(edges, 'edges.yaml'),
      fronts: { login: 'http://127.0.0.1:9', search: 'http://127.0.0.1:9' },
    });
    searchHost = cloud.service('search').hosts[0];
    const networks = await findServiceNetworks(
      Object.keys(subnet),
      async (host) => `${subnet[host.split('.')[0] ?? '']}.0.2`,
      interfaces,
    );
    api = await createApiServer({
      isOwnName: ownNames([]),
      google: [async (app) => void app.get(CERTS, async () => 'keys')],
      watching: [async (app) => void app.get('/run-edges/v1/principals', async () => 'for the developer')],
    });
    networks.keepOut(api.server);
    await api.listen({ host: '0.0.0.0', port: 0 });
    authority = await makeAuthority();
    ca = authority.root;
    const gateOf = (host: string) => cloud.services.find(({ hosts }) => hosts.includes(host))?.gateServer;
    tls = createNetworkTls({
      networks,
      sign: async (host) => (await leafSigner(authority))(host),
      speakerAt: createNames({ gateOf, api: api.server }),
      onUntrusted: (...told) => untrusted.push(told),
      onUnknown: (...told) => unknown.push(told),
    });
    port = await listen(tls.server, '0.0.0.0', 0, 'https on networks');
  });
  afterAll(async () => {
    tls.cut();
    tls.server.close();
    await api.close();
    await cloud.stop();
  });
  beforeEach(() => {
    untrusted = [];
    unknown = [];
  });

  const reach = (from: string, to = from) =>
    connectPlain({ host: `${subnet[to]}.0.2`, localAddress: `${subnet[from]}.0.3`, port });
  interface How {
    readonly to?: string;
    readonly trust?: string | undefined;
    readonly protocols?: string[];
  }
  /** From a container on one network, to the emulator's address on that or another one. */
  async function shake(from: string, servername: string | undefined, { to = from, ...how }: How = {}) {
    const socket = connect({
      socket: reach(from, to),
      ca: how.trust ?? ca,
      ...(servername === undefined ? { checkServerIdentity: () => undefined } : { servername }),
      ...(how.protocols && { ALPNProtocols: how.protocols }),
    });
    await once(socket, 'secureConnect');
    return socket;
  }
  const curl = (from: string, url: string) =>
    promisify(execFile)('curl', [
      ...['--silent', '--show-error', '--noproxy', '*', '--interface', `${subnet[from]}.0.3`],
      ...['--connect-to', `::${subnet[from]}.0.2:${port}`, url],
    ]);
  const say = (socket: TLSSocket, ...lines: string[]) => {
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return text(socket);
  };
  const get = (path: string, ...headers: string[]) => [`GET ${path} HTTP/1.1`, ...headers, 'Connection: close'];

  test('whom the client names answers, in what both speak', async () => {
    for (const [protocols, spoken] of [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1', 'h2'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [undefined, false],
    ] as const) {
      const socket = await shake('login', searchHost, protocols && { protocols: [...protocols] });
      expect(socket.alpnProtocol).toBe(spoken);
      socket.destroy();
    }
    expect(await say(await shake('login', searchHost), ...get('/', `Host: ${searchHost}`))).toMatch(/^HTTP\/1\.1 503 /);
    const google = await shake('search', 'www.googleapis.com', { protocols: ['h2', 'http/1.1'] });
    expect(google.alpnProtocol).toBe('http/1.1');
    expect(await say(google, ...get(CERTS, 'Host: www.googleapis.com'))).toMatch(/^HTTP\/1\.1 200 [\s\S]*keys$/);
    const session = connectHttp2(`https://${searchHost}`, {
      createConnection: () => connect({ socket: reach('login'), ca, servername: searchHost, ALPNProtocols: ['h2'] }),
    });
    const [headers] = await once(session.request({ ':path': '/' }), 'response');
    expect(headers[':status']).toBe(503);
    session.destroy();
  });

  test.each([
    ['metadata.google.internal'],
    ['search.caller.internal'],
    ['example.com'],
    ['search-999.us-central1.run.app'],
    ['127.0.0.1.run.app'],
  ])('a name that answers by no https is refused in the handshake, and told: %s', async (name) => {
    await expect(shake('login', name)).rejects.toMatchObject({ code: expect.stringContaining('HANDSHAKE_FAILURE') });
    expect(unknown).toEqual([[name, 'login']]);
  });

  test('so is who names nobody', async () => {
    await expect(shake('search', undefined)).rejects.toMatchObject({
      code: expect.stringContaining('HANDSHAKE_FAILURE'),
    });
    await expect.poll(() => unknown).toEqual([['', 'search']]);
  });

  test('who offers protocols of which none is spoken gets none', async () => {
    await expect(shake('login', searchHost, { protocols: ['grpc-exp'] })).rejects.toMatchObject({
      code: expect.stringContaining('NO_APPLICATION_PROTOCOL'),
    });
  });

  test('the address that the emulator has on another network shakes hands with nobody', async () => {
    await expect(shake('login', searchHost, { to: 'search' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(unknown).toEqual([]);
  });

  test('behind one of Google’s names there is no other host, in no manner of asking, and nothing of the developer’s', async () => {
    const path = '/run-edges/v1/principals';
    for (const [status, ...lines] of [
      [421, ...get(path, 'Host: 127.0.0.1')],
      [421, ...get(path, 'Host: localhost')],
      [421, ...get(CERTS, 'Host: metadata.google.internal')],
      [421, ...get(CERTS, 'Host: oauth2.googleapis.com')],
      [421, ...get(`http://127.0.0.1${path}`, 'Host: www.googleapis.com')],
      [421, `GET ${path} HTTP/1.0`, 'Connection: close'],
      [421, `GET ${path} HTTP/1.0`, 'Host:', 'Connection: close'],
      [404, ...get(path, 'Host: www.googleapis.com')],
      [404, ...get('/token', 'Host: www.googleapis.com')],
    ] as const) {
      const answer = await say(await shake('login', 'www.googleapis.com'), ...lines);
      expect(answer, lines.join('|')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).not.toContain('for the developer');
    }
  });

  test('nor in a later request of the same connection', async () => {
    const socket = await shake('login', 'WWW.googleapis.com');
    socket.write(`GET ${CERTS} HTTP/1.1\r\nHost: www.googleapis.com:443\r\n\r\n`);
    expect(`${(await once(socket, 'data'))[0]}`).toMatch(/^HTTP\/1\.1 200 /);
    expect(await say(socket, ...get('/run-edges/v1/principals', 'Host: localhost'))).toMatch(/^HTTP\/1\.1 421 /);
  });

  test.skipIf(noCurl)('who does not trust the authority is told of, with whose program it is', async () => {
    // Node's clients hang up without a word; curl says why.
    const { stderr } = await curl('search', `https://${searchHost}:${port}`).catch((error) => error);
    expect(stderr).toMatch(/certificate/);
    await expect.poll(() => untrusted).toEqual([[searchHost, 'search']]);
  });

  test('another authority signs from when the one before is forgotten', async () => {
    const before = ca;
    (await shake('login', searchHost)).destroy();
    authority = await makeAuthority();
    tls.forget();
    await expect(shake('login', searchHost, { trust: before })).rejects.toThrow(/certificate/);
    ca = authority.root;
    (await shake('login', searchHost)).destroy();
  });

  test('what is cut is closed', async () => {
    const socket = await shake('login', searchHost);
    socket.on('error', () => undefined);
    tls.cut();
    await once(socket, 'close');
  });
});
