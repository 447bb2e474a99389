import { Client, credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServiceClient, type ServiceClientOptions } from '../outbound/service-client.ts';
import type { TokenSource } from '../outbound/source.ts';
import { clearTokenCache } from '../outbound/token-cache.ts';
import { mint, signingKey } from '../testing/google.ts';
import { grpcChannel } from './channel.ts';

const key = await signingKey('k');
const SAY = { path: '/demo.Hello/Say', requestStream: false, responseStream: false };
const same = (value: Buffer): Buffer => value;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };

let server: Server;
let url: string;
let reached: Metadata[];
let answers: number;
let fetched: string[];
let source: TokenSource;
beforeEach(async () => {
  clearTokenCache();
  [reached, fetched, answers] = [[], [], status.OK];
  source = {
    identity: 'test',
    fetchIdToken: async (aud) => {
      const token = await mint(key, { aud, jti: fetched.length });
      fetched.push(token);
      return token;
    },
  };
  server = new Server();
  server.addService({ Say: { ...SAY, ...codec } }, {
    Say: (call: { metadata: Metadata }, done: (error: unknown, value?: Buffer) => void) => {
      reached.push(call.metadata);
      done(answers === status.OK ? null : { code: answers }, Buffer.from('hello'));
    },
  } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => server.forceShutdown());

type Asked = { readonly metadata?: Record<string, string | Buffer>; readonly options?: object };

/** What a call of its own client comes to. */
async function say(more: Partial<ServiceClientOptions> = {}, { metadata = {}, options = {} }: Asked = {}) {
  const channel = grpcChannel(createServiceClient({ url, source, ...more }));
  const client = new Client(channel.address, channel.credentials, channel.options);
  const given = new Metadata();
  for (const [name, value] of Object.entries(metadata)) given.set(name, value);
  try {
    return await new Promise<string>((resolve, reject) => {
      client.makeUnaryRequest(SAY.path, same, same, Buffer.from(''), given, options, (error, value) =>
        error === null ? resolve(`${value}`) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}

describe('a channel', () => {
  test('of an https URL is TLS, and of a host that may be asked in the clear is none', () => {
    const at = (given: Partial<ServiceClientOptions>) => {
      const { address, credentials: made } = grpcChannel(createServiceClient({ url, source, ...given }));
      return { address, secure: made._isSecure() };
    };
    expect(at({ url: 'https://search.example.run.app' })).toEqual({
      address: 'search.example.run.app:443',
      secure: true,
    });
    expect(at({ url: 'https://localhost:8443/api' })).toEqual({ address: 'localhost:8443', secure: true });
    expect(at({ url: 'http://127.0.0.1' })).toEqual({ address: '127.0.0.1:80', secure: false });
    expect(at({ url: 'http://[::1]:8080' })).toEqual({ address: '[::1]:8080', secure: false });
    expect(at({ url: 'http://search:8080', plainHttpHosts: ['search'] }).secure).toBe(false);
    expect(() => at({ url: 'http://search.example.run.app' })).toThrow(
      expect.objectContaining({ name: 'ConfigError', code: expect.stringMatching(/^RUN_AUTH_URL_/) }),
    );
  });

  test('attaches the token to each call, from the cache', async () => {
    expect(await say()).toBe('hello');
    expect(await say()).toBe('hello');
    expect(fetched).toHaveLength(1);
    for (const metadata of reached) {
      expect(metadata.get('authorization')).toEqual([`Bearer ${fetched[0]}`]);
      expect(metadata.get('x-serverless-authorization')).toEqual([]);
    }
  });

  test('puts it where the client says, and leaves Authorization to the application that fills it', async () => {
    await say({ header: 'both' });
    expect(reached[0]?.get('authorization')).toEqual(reached[0]?.get('x-serverless-authorization'));
    await say({ header: 'x-serverless-authorization' });
    expect(reached[1]?.get('authorization')).toEqual([]);
    await say({}, { metadata: { authorization: 'Bearer of-a-user', 'x-mine': '1', 'x-mine-bin': Buffer.from('2') } });
    expect(reached[2]?.get('authorization')).toEqual(['Bearer of-a-user']);
    expect(reached[2]?.get('x-serverless-authorization')).toEqual([`Bearer ${fetched[0]}`]);
    expect(reached[2]?.get('x-mine')).toEqual(['1']);
    expect(reached[2]?.get('x-mine-bin')).toEqual([Buffer.from('2')]);
  });

  test('sends on nothing that belonged to the hop before', async () => {
    await say({}, { metadata: { 'x-serverless-authorization': 'Bearer stale', 'x-goog-iap-jwt-assertion': 'x' } });
    expect(reached[0]?.get('x-serverless-authorization')).toEqual([]);
    expect(reached[0]?.get('x-goog-iap-jwt-assertion')).toEqual([]);
    expect(reached[0]?.get('authorization')).toEqual([`Bearer ${fetched[0]}`]);
  });

  test('goes with credentials of the call’s own', async () => {
    const more = credentials.createFromMetadataGenerator((_call, done) => {
      const metadata = new Metadata();
      metadata.set('x-more', '1');
      done(null, metadata);
    });
    await say({}, { options: { credentials: more } });
    expect(reached[0]?.get('x-more')).toEqual(['1']);
    expect(reached[0]?.get('authorization')).toEqual([`Bearer ${fetched[0]}`]);
  });

  test('uses no token again that was answered with UNAUTHENTICATED, and any other that was', async () => {
    answers = status.PERMISSION_DENIED;
    await expect(say()).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    answers = status.UNAUTHENTICATED;
    await expect(say()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(fetched).toHaveLength(1);
    answers = status.OK;
    expect(await say()).toBe('hello');
    expect(fetched).toHaveLength(2);
    expect(reached.at(-1)?.get('authorization')).toEqual([`Bearer ${fetched[1]}`]);
  });

  test('makes no call without a token, and says why', async () => {
    source = { identity: 'none', fetchIdToken: () => Promise.reject(new Error('no token today')) };
    const error: ServiceError = await say().then(
      () => expect.fail('it was made'),
      (failure) => failure,
    );
    expect(error.code).not.toBe(status.OK);
    expect(error.details).toMatch(/token/i);
    expect(reached).toEqual([]);
  });

  test('gives no token to another host', async () => {
    const { options } = grpcChannel(createServiceClient({ url: 'https://search.example.run.app', source }));
    for (const host of ['127.0.0.1', 'localhost', 'search.example.run.app.evil.example']) {
      const authority = { 'grpc.default_authority': host };
      const client = new Client(new URL(url).host, credentials.createInsecure(), { ...options, ...authority });
      const error = await new Promise<ServiceError | null>((resolve) => {
        client.makeUnaryRequest(SAY.path, same, same, Buffer.from(''), resolve);
      });
      client.close();
      expect(error?.details).toContain(`${host} is not the host of https://search.example.run.app.`);
    }
    expect({ reached, fetched }).toEqual({ reached: [], fetched: [] });
  });

  test('calls a host that is an address of IPv6', async ({ skip }) => {
    const bound = await new Promise<number>((resolve) => {
      server.bindAsync('[::1]:0', ServerCredentials.createInsecure(), (error, port) => resolve(error ? 0 : port));
    });
    skip(bound === 0, 'there is no IPv6');
    expect(await say({ url: `http://[::1]:${bound}` })).toBe('hello');
  });

  test('keeps its deadline where the token is late', async () => {
    source = { identity: 'late', fetchIdToken: () => new Promise(() => undefined) };
    await expect(say({}, { options: { deadline: Date.now() + 50 } })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    expect(reached).toEqual([]);
  });
});
