import { createHmac } from 'node:crypto';
import { fastify } from 'fastify';
import { type CryptoKey, exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallerErrorCode } from '../codes.ts';
import { callerAuth } from '../fastify.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import {
  ALICE,
  type LocalGoogle,
  mint,
  type SigningKey,
  signRaw as sign,
  signingKey,
  startGoogle,
} from '../testing/google.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const AUDIENCE = 'https://search-123456789012.europe-west1.run.app';
const now = Math.floor(Date.now() / 1000);

let google: LocalGoogle;
let stranger: SigningKey;
let verifier: Verifier;

beforeAll(async () => {
  google = await startGoogle();
  stranger = await signingKey(google.key.jwk.kid);
  verifier = createVerifier({
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE],
    jwksUri: google.jwksUri,
  });
});
afterAll(() => google[Symbol.asyncDispose]());

const good = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> =>
  mint(google.key, { aud: AUDIENCE, ...claims }, header);
const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claims = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  aud: AUDIENCE,
  email: ALICE,
  email_verified: true,
  exp: now + 3600,
  iat: now,
  iss: 'https://accounts.google.com',
  sub: '1',
  ...more,
});
/** With the issuer's own key: what gets refused is refused for its content. */
const signRaw = (header: string, payload: string, key: SigningKey = google.key): Promise<string> =>
  sign(key, header, payload);
const header = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({ alg: 'RS256', kid: google.key.jwk.kid, typ: 'JWT', ...more });
const withHeader = (more: Record<string, unknown>): Promise<string> => signRaw(header(more), JSON.stringify(claims()));
const withClaims = (more: Record<string, unknown>): Promise<string> => signRaw(header(), JSON.stringify(claims(more)));

async function hs256(): Promise<string> {
  const publicKey = await exportSPKI((await importJWK({ ...google.key.jwk, ext: true }, 'RS256')) as CryptoKey);
  const input = `${encode({ alg: 'HS256', kid: google.key.jwk.kid, typ: 'JWT' })}.${encode(claims())}`;
  return `${input}.${createHmac('sha256', publicKey).update(input).digest('base64url')}`;
}

const ATTACKS: [what: string, code: CallerErrorCode, token: () => Promise<string> | string][] = [
  ['no token', 'RUN_AUTH_NO_TOKEN', () => ''],
  ['alg none, empty signature', 'RUN_AUTH_ALGORITHM_NONE', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['alg nOnE, some signature', 'RUN_AUTH_ALGORITHM_NONE', () => withHeader({ alg: 'nOnE' })],
  ['HS256 with the public key as secret', 'RUN_AUTH_ALGORITHM_SYMMETRIC', hs256],
  ['PS256', 'RUN_AUTH_ALGORITHM_REFUSED', () => withHeader({ alg: 'PS256' })],
  ['no alg', 'RUN_AUTH_ALGORITHM_REFUSED', () => withHeader({ alg: undefined })],
  ['alg as a list', 'RUN_AUTH_ALGORITHM_REFUSED', () => withHeader({ alg: ['RS256'] })],
  ['RS256 by another key under a known id', 'RUN_AUTH_SIGNATURE_INVALID', () => mint(stranger, { aud: AUDIENCE })],
  ['a key id nobody has', 'RUN_AUTH_KEY_UNKNOWN', () => withHeader({ kid: 'unknown' })],
  ['no key id', 'RUN_AUTH_KEY_ID_MISSING', () => withHeader({ kid: undefined })],
  ['a key id that is no text', 'RUN_AUTH_KEY_ID_MISSING', () => withHeader({ kid: 7 })],
  [
    'embedded jwk',
    'RUN_AUTH_HEADER_JWK',
    () => signRaw(header({ jwk: stranger.jwk }), JSON.stringify(claims()), stranger),
  ],
  ['jku', 'RUN_AUTH_HEADER_JKU', () => withHeader({ jku: 'https://evil.example/keys' })],
  ['x5u', 'RUN_AUTH_HEADER_X5U', () => withHeader({ x5u: 'https://evil.example/cert' })],
  ['x5c', 'RUN_AUTH_HEADER_X5C', () => withHeader({ x5c: ['MIIB'] })],
  ['crit', 'RUN_AUTH_HEADER_CRIT', () => withHeader({ crit: ['exp'] })],
  ['b64 false', 'RUN_AUTH_HEADER_B64', () => withHeader({ b64: false, crit: ['b64'] })],
  ['typ at+jwt', 'RUN_AUTH_HEADER_TYP', () => withHeader({ typ: 'at+jwt' })],
  ['a header member twice', 'RUN_AUTH_CLAIM_DUPLICATE', () => signRaw('{"alg":"none","alg":"RS256"}', '{}')],
  [
    'a claim twice',
    'RUN_AUTH_CLAIM_DUPLICATE',
    () => signRaw(header(), JSON.stringify(claims()).replace('{', '{"aud":"x",')),
  ],
  [
    'a claim twice, once escaped',
    'RUN_AUTH_CLAIM_DUPLICATE',
    () => signRaw(header(), JSON.stringify(claims()).replace('{', '{"\\u0061ud":"x",')),
  ],
  [
    '__proto__ claim',
    'RUN_AUTH_CLAIM_PROTO',
    () => signRaw(header(), JSON.stringify(claims()).replace('{', '{"__proto__":{"email":"x"},')),
  ],
  [
    '__proto__ deeper',
    'RUN_AUTH_CLAIM_PROTO',
    () => signRaw(header(), JSON.stringify(claims()).replace('{', '{"google":{"__proto__":1},')),
  ],
  ['payload that is a list', 'RUN_AUTH_TOKEN_MALFORMED', () => signRaw(header(), '[]')],
  ['payload that is not JSON', 'RUN_AUTH_TOKEN_MALFORMED', () => signRaw(header(), 'aud=x')],
  ['no issuer', 'RUN_AUTH_CLAIM_MISSING', () => withClaims({ iss: undefined })],
  ['no audience', 'RUN_AUTH_CLAIM_MISSING', () => withClaims({ aud: undefined })],
  ['no expiry', 'RUN_AUTH_CLAIM_MISSING', () => withClaims({ exp: undefined })],
  ['no time of issue', 'RUN_AUTH_CLAIM_MISSING', () => withClaims({ iat: undefined })],
  ['no subject', 'RUN_AUTH_CLAIM_MISSING', () => withClaims({ sub: undefined })],
  ['no e-mail address', 'RUN_AUTH_EMAIL_MISSING', () => withClaims({ email: undefined })],
  ['an e-mail address that is a list', 'RUN_AUTH_CLAIM_INVALID', () => withClaims({ email: [ALICE] })],
  ['an empty subject', 'RUN_AUTH_CLAIM_INVALID', () => withClaims({ sub: '' })],
  ['expiry as text', 'RUN_AUTH_CLAIM_INVALID', () => withClaims({ exp: '9999999999' })],
  ['expiry below 0', 'RUN_AUTH_CLAIM_INVALID', () => withClaims({ exp: -1 })],
  [
    'expiry beyond all dates',
    'RUN_AUTH_CLAIM_INVALID',
    () => signRaw(header(), JSON.stringify(claims({ exp: 0 })).replace('"exp":0', '"exp":1e999')),
  ],
  ['another issuer', 'RUN_AUTH_ISSUER_REFUSED', () => good({ iss: 'https://securetoken.google.com/p' })],
  ['issuer with a slash', 'RUN_AUTH_ISSUER_REFUSED', () => good({ iss: 'https://accounts.google.com/' })],
  ['issuer with http', 'RUN_AUTH_ISSUER_REFUSED', () => good({ iss: 'http://accounts.google.com' })],
  [
    'issuer with a longer host',
    'RUN_AUTH_ISSUER_REFUSED',
    () => good({ iss: 'https://accounts.google.com.evil.example' }),
  ],
  ['issuer in upper case', 'RUN_AUTH_ISSUER_REFUSED', () => good({ iss: 'https://ACCOUNTS.google.com' })],
  ['issuer with a Cyrillic letter', 'RUN_AUTH_ISSUER_REFUSED', () => good({ iss: 'https://accounts.gооgle.com' })],
  ['audience with a trailing path', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: `${AUDIENCE}/` })],
  ['audience with a query', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: `${AUDIENCE}?x` })],
  ['audience in other case', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: AUDIENCE.toUpperCase() })],
  ['audience as a list', 'RUN_AUTH_AUDIENCE_SEVERAL', () => good({ aud: [AUDIENCE] })],
  ['audience with a prefix', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: `x${AUDIENCE}` })],
  ['audience with a suffix', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: `${AUDIENCE}.evil.example` })],
  ['audience that is a part', 'RUN_AUTH_AUDIENCE_REFUSED', () => good({ aud: AUDIENCE.slice(0, -1) })],
  ['audience as an object', 'RUN_AUTH_CLAIM_INVALID', () => withClaims({ aud: { 0: AUDIENCE } })],
  ['expired', 'RUN_AUTH_TOKEN_EXPIRED', () => good({ iat: now - 7200, exp: now - 3600 })],
  ['not yet valid', 'RUN_AUTH_TOKEN_NOT_YET_VALID', () => good({ iat: now + 600 })],
  ['not before later', 'RUN_AUTH_TOKEN_NOT_YET_VALID', () => good({ nbf: now + 600 })],
  ['far-future expiry', 'RUN_AUTH_TOKEN_TOO_LONG_LIVED', () => good({ exp: now + 90_000 })],
  ['e-mail address not verified', 'RUN_AUTH_EMAIL_UNVERIFIED', () => good({ email_verified: false })],
  ['e-mail address verified in words', 'RUN_AUTH_EMAIL_UNVERIFIED', () => good({ email_verified: 'true' })],
  ['unlisted caller', 'RUN_AUTH_CALLER_REFUSED', () => good({ email: `x${ALICE}` })],
  ['two tokens in one header', 'RUN_AUTH_TOKENS_SEVERAL', async () => `${await good()}, ${await good()}`],
  ['two tokens, with schemes', 'RUN_AUTH_TOKENS_SEVERAL', async () => `${await good()} Bearer ${await good()}`],
  ['non-ASCII', 'RUN_AUTH_TOKEN_NOT_ASCII', async () => `${await good()}é`],
  ['truncated', 'RUN_AUTH_TOKEN_MALFORMED', async () => (await good()).split('.').slice(0, 2).join('.')],
  ['truncated signature', 'RUN_AUTH_SIGNATURE_INVALID', async () => (await good()).slice(0, -2)],
  ['truncated signature, no whole bytes', 'RUN_AUTH_TOKEN_MALFORMED', async () => (await good()).slice(0, -1)],
  ['padded', 'RUN_AUTH_TOKEN_MALFORMED', async () => `${await good()}==`],
  ['five segments (encrypted)', 'RUN_AUTH_TOKEN_MALFORMED', () => 'a.b.c.d.e'],
  ['not UTF-8', 'RUN_AUTH_TOKEN_MALFORMED', () => `${Buffer.from([0xff, 0xfe, 0xfd]).toString('base64url')}.e30.AAAA`],
  ['stripped signature', 'RUN_AUTH_SIGNATURE_STRIPPED', async () => strip(await good())],
  ['access token', 'RUN_AUTH_ACCESS_TOKEN', () => 'ya29.c.b0Aaekm1K'],
];

const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;

describe('attack table', () => {
  test('a good token is accepted, so that the refusals below mean something', async () => {
    await expect(verifier.verify(await good())).resolves.toMatchObject({ email: ALICE, verified: true });
    await expect(verifier.verify(await good({ iss: 'accounts.google.com' }))).resolves.toMatchObject({ email: ALICE });
    await expect(verifier.verify(await signRaw(header(), JSON.stringify(claims(), null, 2)))).resolves.toBeDefined();
  });

  test.each(ATTACKS)('%s: %s', async (_what, code, token) => {
    const authorization = await token();
    await expect(
      verifier.verifyHeaders(['Authorization', authorization && `Bearer ${authorization}`]),
    ).rejects.toMatchObject({
      code,
    });
  });

  test('a token of 16 KB', async () => {
    await expect(verifier.verify(await good({ filler: 'x'.repeat(16_384) }))).rejects.toMatchObject({
      code: 'RUN_AUTH_TOKEN_TOO_LARGE',
    });
  });

  test('a token that is both forged and expired is told as forged', async () => {
    const token = await mint(stranger, { aud: AUDIENCE, exp: now - 3600 });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'RUN_AUTH_SIGNATURE_INVALID' });
  });

  test('two headers', async () => {
    const bearer = `Bearer ${await good()}`;
    await expect(verifier.verifyHeaders(['Authorization', bearer, 'authorization', bearer])).rejects.toMatchObject({
      code: 'RUN_AUTH_HEADER_REPEATED',
    });
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer\u00a0x', 'Bearer,x', 'BearerX x'])(
    'a header that is %j',
    async (value) => {
      await expect(verifier.verifyHeaders(['authorization', value])).rejects.toMatchObject({
        code: 'RUN_AUTH_HEADER_MALFORMED',
      });
    },
  );

  test('none reaches a handler, and none learns why', async () => {
    await using app = fastify();
    let handled = 0;
    app.register(callerAuth, {
      mode: 'signature',
      audience: AUDIENCE,
      allowedCallers: [ALICE],
      jwksUri: google.jwksUri,
    });
    app.get('/', () => {
      handled += 1;
      return 'handled';
    });
    for (const [what, code, token] of ATTACKS) {
      const authorization = `Bearer ${await token()}`;
      const reply = await app.inject({ url: '/', headers: { authorization } });
      expect(reply.statusCode, what).toBe(code === 'RUN_AUTH_CALLER_REFUSED' ? 403 : 401);
      expect(reply.body, what).not.toContain('RUN_AUTH');
    }
    expect(handled).toBe(0);
    const accepted = await app.inject({ url: '/', headers: { authorization: `Bearer ${await good()}` } });
    expect(accepted.body).toBe('handled');
  });
});
