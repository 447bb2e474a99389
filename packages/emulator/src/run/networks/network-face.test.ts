import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseDeclaration } from '@run-edges/edges';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startEmulator } from '../../index.ts';
import { close, listen } from '../../internal/listen.ts';
import { resolveGateSettings } from '../gate/settings.ts';
import { createNetworkFace } from './network-face.ts';
import { findServiceNetworks, type ServiceNetworks } from './service-networks.ts';

const edges = 'services:\n  login: { public: true, calls: [user-profiles] }\n  user-profiles: {}\n  search: {}\n';
/** Linux takes every 127.x.y.z as its own: here they play the networks of containers. */
const subnet: Record<string, string> = { login: '127.81', 'user-profiles': '127.82', search: '127.83' };
const interfaces = Object.fromEntries(
  Object.entries(subnet).map(([name, net]) => [
    name,
    [{ address: `${net}.0.2`, cidr: `${net}.0.2/16`, family: 'IPv4' } as NetworkInterfaceInfo],
  ]),
);

describe.skipIf(process.platform !== 'linux')('the face of a service’s network', () => {
  let cloud: Cloud;
  let networks: ServiceNetworks;
  let face: Server;
  let port: number;
  let app: Server;
  beforeAll(async () => {
    app = createServer((_request, response) => response.end('from the app'));
    const front = `http://127.0.0.1:${await listen(app, '127.0.0.1', 0, 'the app')}`;
    cloud = await startEmulator({
      edges: parseDeclaration(edges, 'edges.yaml'),
      fronts: { login: front, 'user-profiles': front, search: front },
    });
    networks = await findServiceNetworks(
      Object.keys(subnet),
      async (host) => `${subnet[host.split('.')[0] ?? '']}.0.2`,
      interfaces,
    );
    face = createNetworkFace({
      networks,
      settings: resolveGateSettings(),
      metadataOf: (service) => cloud.principals.find(({ name }) => name === service)?.server,
      gateOf: (host) => cloud.services.find(({ name }) => name === host)?.gateServer,
      publicKeys: createServer((_request, response) => response.end('keys')),
    });
    port = await listen(face, '0.0.0.0', 0, 'the face');
  });
  afterAll(async () => {
    await close(face);
    await cloud.stop();
    await close(app);
  });

  /** From a container on one network, to the emulator's address on that or another one. */
  function ask(from: string, path: string, headers: Record<string, string>, to = from) {
    const sent = request({ localAddress: `${subnet[from]}.0.3`, host: `${subnet[to]}.0.2`, port, path, headers });
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
    sent.on('response', async (response) => resolve({ status: response.statusCode, body: await text(response) }));
    sent.on('error', reject);
    sent.end();
    return promise;
  }
  const flavor = { 'metadata-flavor': 'Google' };
  const email = '/computeMetadata/v1/instance/service-accounts/default/email';
  const identity = (audience: string) =>
    `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${audience}`;

  test.each(['metadata.google.internal', 'metadata', '169.254.169.254', 'search.caller.internal', ''])(
    'under the host name %j everybody meets an own metadata server',
    async (host) => {
      for (const caller of Object.keys(subnet)) {
        const { body } = await ask(caller, email, { ...flavor, host });
        expect(body).toBe(`${caller}-run@${cloud.project.id}.iam.gserviceaccount.com`);
      }
    },
  );

  test('no header makes a caller another', async () => {
    for (const name of ['x-real-ip', 'forwarded', 'x-client-ip', 'x-service', 'x-goog-authenticated-user-email']) {
      const { body } = await ask('login', email, { ...flavor, host: 'metadata', [name]: `${subnet.search}.0.3` });
      expect(body).toMatch(/^login-run@/);
    }
    expect(await ask('login', email, { ...flavor, 'x-forwarded-for': `${subnet.search}.0.3` })).toMatchObject({
      status: 403,
    });
    const other = email.replace('default', `search-run@${cloud.project.id}.iam.gserviceaccount.com`);
    expect(await ask('login', other, flavor)).toMatchObject({ status: 404 });
  });

  test('the address that the emulator has on another network answers nobody', async () => {
    await expect(ask('login', email, flavor, 'search')).rejects.toThrow(/hang up|ECONNRESET/);
  });

  test('gates are met by host name, and IAM decides at each', async () => {
    const token = (await ask('login', identity('http://127.0.0.1'), { ...flavor, host: 'metadata' })).body;
    expect(decodeJwt(token)).toMatchObject({ email: expect.stringMatching(/^login-run@/) });
    const call = async (receiver: string) => {
      const { url } = cloud.service(receiver);
      const { body } = await ask('login', identity(url), { ...flavor, host: 'metadata' });
      return ask('login', '/x', { host: receiver, authorization: `Bearer ${body}` });
    };
    expect(await call('user-profiles')).toEqual({ status: 200, body: 'from the app' });
    expect(await call('login')).toEqual({ status: 200, body: 'from the app' });
    const refused = await call('search');
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('<h1>Error: Forbidden</h1>');
    expect((await ask('login', '/x', { host: 'SEARCH.:80' })).status).toBe(403);
  });

  test('what a gate refuses by itself it refuses here, too, and tells', async () => {
    const wire = async (head: string) => {
      const socket = connect({ localAddress: `${subnet.login}.0.3`, host: `${subnet.login}.0.2`, port });
      socket.end(`${head}\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    for (const [head, status] of [
      ['GET / HTTP/1.1\r\nHost: user-profiles\r\nExpect: 200-maybe', 417],
      ['GET / HTTP/1.1\r\nHost: user-profiles\r\nConnection: X-Serverless-Authorization', 400],
      ['GET / HTTP/1.1\r\nHost: user-profiles\r\nX_Serverless_Authorization: Bearer a.b.c', 400],
    ] as const) {
      const before = cloud.decisions.list().length;
      const answer = await wire(head);
      expect(answer, head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      const made = cloud.decisions.list().slice(before);
      expect(made.map((one) => [one.receiver, one.status])).toEqual([['user-profiles', status]]);
    }
    expect(await wire('GET / HTTP/1.1\r\nHost: metadata\r\nExpect: 200-maybe')).toMatch(/^HTTP\/1.1 417 /);
    expect(await wire('GET / HTTP/1.1\r\nX: 1')).toMatch(/^HTTP\/1.1 400 /);
    expect(await wire('CONNECT user-profiles:80 HTTP/1.1\r\nHost: user-profiles')).toBe('');
  });

  test('Google’s public keys are under their host name alone', async () => {
    expect(await ask('search', '/oauth2/v3/certs', { host: 'www.googleapis.com' })).toEqual({
      status: 200,
      body: 'keys',
    });
    expect((await ask('search', '/oauth2/v3/certs', { host: 'metadata' })).status).toBe(403);
  });

  describe('where names answer by https', () => {
    const isOfHttps = (host: string) => host.endsWith('.run.app') || host.endsWith('.googleapis.com');
    let strict: Server;
    let before: number;
    beforeAll(async () => {
      strict = createNetworkFace({
        networks,
        settings: resolveGateSettings(),
        metadataOf: (service) => cloud.principals.find(({ name }) => name === service)?.server,
        gateOf: (host) => cloud.services.find(({ name, hosts }) => name === host || hosts.includes(host))?.gateServer,
        publicKeys: createServer((_request, response) => response.end('keys')),
        isOfHttps,
      });
      before = port;
      port = await listen(strict, '0.0.0.0', 0, 'the face');
    });
    afterAll(async () => {
      port = before;
      await close(strict);
    });

    test('Cloud Run’s lead there, and Google’s say so: no app, no keys, no metadata is behind them', async () => {
      const [host = ''] = cloud.service('search').hosts;
      const raw = async (head: string) => {
        const socket = connect({ localAddress: `${subnet.login}.0.3`, host: `${subnet.login}.0.2`, port });
        socket.end(`${head}\r\nConnection: close\r\n\r\n`);
        return text(socket);
      };
      for (const given of [`Host: ${host}`, `Host: ${host.toUpperCase()}.:80`])
        expect(await raw(`POST /a?b=c HTTP/1.1\r\n${given}`)).toMatch(
          new RegExp(`^HTTP/1.1 302 Found\r\nlocation: https://${host}/a\\?b=c\r\n`),
        );
      expect(await raw(`GET http://${host}/a HTTP/1.1\r\nHost: metadata`)).toMatch(/^HTTP\/1\.1 302 /);
      expect(await ask('login', email, { ...flavor, host })).toEqual({ status: 302, body: '' });
      for (const path of ['/oauth2/v3/certs', email])
        expect(await ask('login', path, { ...flavor, host: 'www.googleapis.com' })).toEqual({
          status: 403,
          body: expect.stringContaining('Ask for https://www.googleapis.com.'),
        });
      expect(await raw(`GET /a HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket`)).not.toContain('101');
    });

    test('the metadata server and names of the declaration are where they were', async () => {
      expect((await ask('login', email, { ...flavor, host: 'metadata.google.internal' })).status).toBe(200);
      expect((await ask('login', '/x', { host: 'search' })).status).toBe(403);
    });
  });

  test('a request that names two hosts is malformed, in every manner of asking', async () => {
    const raw = async (lines: readonly string[], connection = 'close') => {
      const socket = connect({ host: `${subnet.login}.0.2`, port, localAddress: `${subnet.login}.0.3` });
      socket.write(`${lines.join('\r\n')}\r\nconnection: ${connection}\r\n\r\n`);
      return text(socket);
    };
    const hosts = ['host: metadata', 'host: search'];
    expect(await raw(['GET /x HTTP/1.1', ...hosts])).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(['GET /x HTTP/1.1', ...hosts, 'expect: 100-continue'])).toMatch(/^HTTP\/1\.1 400 /);
    const upgrade = ['GET /x HTTP/1.1', 'upgrade: websocket'];
    expect(await raw([...upgrade, ...hosts], 'upgrade')).toBe('');
    expect(await raw([...upgrade, 'host: metadata'], 'upgrade')).toBe('');
    expect(await raw([...upgrade, 'host: search'], 'upgrade')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw([`GET http://search/x HTTP/1.1`, 'host: metadata'])).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(['CONNECT search:80 HTTP/1.1', 'host: search'])).toBe('');
  });

  test('what listens for others cuts what comes from a service’s network', async () => {
    const other = createServer((_request, response) => response.end('for others'));
    networks.keepOut(other);
    const at = await listen(other, '0.0.0.0', 0, 'another server');
    const get = (host: string, localAddress: string) =>
      new Promise((resolve, reject) => {
        const sent = request({ host, port: at, localAddress }, (response) => text(response).then(resolve));
        sent.on('error', reject).end();
      });
    await expect(get('127.0.0.1', '127.0.0.1')).resolves.toBe('for others');
    await expect(get(`${subnet.login}.0.2`, `${subnet.login}.0.3`)).rejects.toThrow();
    await expect(get('127.0.0.1', `${subnet.login}.0.3`)).rejects.toThrow();
    await expect(get(`${subnet.login}.0.2`, '127.0.0.1')).rejects.toThrow();
    await close(other);
  });
});
