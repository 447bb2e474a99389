import { fastify } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeSegment } from '../compact.ts';
import { type CallerAuthOptions, callerAuth } from '../fastify.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { createVerifier, pubsubPush, type Verifier, type VerifierOptions } from '../inbound.ts';
import {
  ALICE,
  json,
  type LocalGoogle,
  mint,
  type SigningKey,
  signingKey,
  signRaw,
  startGoogle,
} from '../testing/google.ts';

/** Some dependency lets a caller write into Object.prototype: bad enough, but no way in. */

const AUDIENCE = 'https://search.example';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';
const later = Math.floor(Date.now() / 1000) + 3_600;

let google: LocalGoogle;
let evil: LocalGoogle;
let stranger: SigningKey;
let polluted: string | undefined;
beforeAll(async () => {
  [google, evil] = await Promise.all([startGoogle(), startGoogle()]);
  stranger = await signingKey(google.key.jwk.kid);
  evil.keys = [stranger.jwk];
});
afterAll(async () => {
  await google[Symbol.asyncDispose]();
  await evil[Symbol.asyncDispose]();
});
afterEach(() => clean());

function pollute(name: string, value: unknown): void {
  polluted = name;
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
}
function clean(): void {
  if (polluted !== undefined) Reflect.deleteProperty(Object.prototype, polluted);
  polluted = undefined;
}

/** Every name that is read of options, routes, tokens and keys, with the values that would help an attacker most. */
const POLLUTIONS: [name: string, value: () => unknown][] = [
  ['mode', () => 'cloud-run'],
  ['audience', () => null],
  ['allowedCallers', () => null],
  ['allowedCallers', () => [MALLORY]],
  ['header', () => 'x-serverless-authorization'],
  ['public', () => false],
  ['jwksUri', () => evil.jwksUri],
  ['plainHttpHosts', () => ['evil.example']],
  ['clockTolerance', () => 300],
  ['cacheSize', () => 1],
  ['refusals', () => 'throw'],
  ['serviceAccount', () => MALLORY],
  ['callers', () => 'unauthenticated'],
  ['callers', () => [MALLORY]],
  ['config', () => ({ callers: 'unauthenticated' })],
  ['iss', () => 'https://accounts.google.com'],
  ['aud', () => AUDIENCE],
  ['sub', () => '1'],
  ['exp', () => later],
  ['iat', () => 0],
  ['nbf', () => 0],
  ['email', () => ALICE],
  ['email_verified', () => true],
  ['alg', () => 'RS256'],
  ['typ', () => 'JWT'],
  ['kid', () => google.key.jwk.kid],
  ['kty', () => 'RSA'],
  ['use', () => 'sig'],
  ['key_ops', () => ['verify']],
  ['n', () => stranger.jwk.n],
  ['e', () => stranger.jwk.e],
  ['keys', () => [stranger.jwk]],
  ['verified', () => true],
  ['vouched', () => true],
  ['expiresAt', () => later * 1000],
  ['statusCode', () => 200],
];

const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
const authorization = (token: string): string[] => ['authorization', `Bearer ${token}`];

/** Requests that are refused; each lacks what one of the names above would give it. */
async function attacks(): Promise<Record<string, string[]>> {
  const without = (name: string): Promise<string> => mint(google.key, { aud: AUDIENCE, [name]: undefined });
  const good = await mint(google.key, { aud: AUDIENCE });
  const withHeader = (header: object): Promise<string> =>
    signRaw(google.key, JSON.stringify(header), decodeSegment(good.split('.')[1] ?? '') ?? '');
  const tokens: Record<string, string> = {
    'a key that is not the issuer’s': await mint(stranger, { aud: AUDIENCE }),
    'another audience': await mint(google.key, { aud: 'https://other.example' }),
    'a caller who is not allowed': await mint(google.key, { aud: AUDIENCE, email: MALLORY }),
    'an end that is over': await mint(google.key, { aud: AUDIENCE, exp: later - 3_700 }),
    'an address that is not verified': await mint(google.key, { aud: AUDIENCE, email_verified: false }),
    'no signature': strip(good),
    'no algorithm': await withHeader({ kid: google.key.jwk.kid }),
    'no key id': await withHeader({ alg: 'RS256' }),
  };
  for (const name of ['iss', 'aud', 'sub', 'exp', 'iat', 'email', 'email_verified'])
    tokens[`no ${name}`] = await without(name);
  return {
    'no header': [],
    'no value': ['authorization'],
    'no signature, in the other header': ['x-serverless-authorization', `Bearer ${strip(good)}`],
    ...Object.fromEntries(Object.entries(tokens).map(([what, token]) => [what, authorization(token)])),
  };
}

const options = (): VerifierOptions => ({
  mode: 'signature',
  audience: AUDIENCE,
  allowedCallers: [ALICE],
  jwksUri: google.jwksUri,
});
const isRefused = async (verifier: Verifier, headers: string[]): Promise<boolean> => {
  const peeked = verifier.peek(headers);
  return (
    peeked === undefined &&
    (await verifier.verifyHeaders(headers).then(
      () => false,
      () => true,
    ))
  );
};

describe.each(POLLUTIONS)('Object.prototype.%s', (name, value) => {
  test('lets nobody in', async () => {
    const requests = await attacks();
    const before = createVerifier(options());
    await before.prefetch();
    pollute(name, value());
    const outcomes: Record<string, boolean> = {};
    for (const [when, verifier] of [
      ['before', before],
      ['after', createVerifier(options())],
    ] as const)
      for (const [what, headers] of Object.entries(requests))
        outcomes[`${what}, verifier made ${when}`] = await isRefused(verifier, headers);
    clean();
    expect(Object.entries(outcomes).filter(([, refused]) => !refused)).toEqual([]);
  });

  test('opens no route, whenever it was declared', async () => {
    const requests = await attacks();
    const statuses: Record<string, number> = {};
    const build = async () => {
      const app = fastify();
      app.register(callerAuth, options() as CallerAuthOptions);
      app.register(async (routes) => void routes.get('/', () => 'handled'));
      await app.ready();
      return app;
    };
    const before = await build();
    pollute(name, value());
    // Some names keep Fastify itself from starting.
    const after = await build().catch(() => undefined);
    for (const [when, app] of [
      ['before', before],
      ['after', after],
    ] as const)
      for (const [what, [header = 'x', text = '']] of Object.entries(requests)) {
        const reply = await app?.inject({ url: '/', headers: { [header]: text } }).catch(() => undefined);
        statuses[`${what}, app made ${when}`] = reply?.statusCode ?? 0;
      }
    clean();
    await before.close();
    await after?.close();
    expect(Object.entries(statuses).filter(([, status]) => status === 200)).toEqual([]);
  });

  test('is no option that was forgotten', () => {
    const complete: Record<string, unknown> = { ...options() };
    const { [name]: _forgotten, ...incomplete } = complete;
    pollute(name, value());
    const make = (given: unknown): unknown => createVerifier(given as VerifierOptions);
    const sender = (given: unknown): unknown => pubsubPush(given as Parameters<typeof pubsubPush>[0]);
    const made = [() => make({}), () => sender({ mode: 'signature', audience: AUDIENCE })];
    if (['mode', 'audience', 'allowedCallers'].includes(name)) made.push(() => make(incomplete));
    const outcomes = made.map((one) => {
      try {
        return one();
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    clean();
    expect(new Set(outcomes)).toEqual(new Set(['RUN_AUTH_OPTION_INVALID']));
  });

  test('is no member of a published key', async () => {
    const { [name]: _missing, ...rest } = google.key.jwk as unknown as Record<string, unknown>;
    const usable = !['kty', 'n', 'e', 'kid'].includes(name);
    google.faults.set('/certs', (_request, response) => {
      clean();
      json(response, 200, name === 'keys' ? {} : { keys: [rest] });
      pollute(name, value());
    });
    const verifier = createVerifier(options());
    pollute(name, value());
    const outcome = await verifier.prefetch().then(
      () => 'taken',
      ({ code }) => code,
    );
    clean();
    google.faults.clear();
    expect(outcome).toBe(usable && name !== 'keys' ? 'taken' : 'RUN_AUTH_KEYS_UNAVAILABLE');
  });
});

test('the same requests but good ones are let in, so that the refusals above mean something', async () => {
  const verifier = createVerifier(options());
  expect(await isRefused(verifier, authorization(await mint(google.key, { aud: AUDIENCE })))).toBe(false);
  pollute('callers', 'unauthenticated');
  expect(await isRefused(verifier, authorization(await mint(google.key, { aud: AUDIENCE })))).toBe(false);
});
