import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHANNELS } from '../diagnostics.ts';
import { CallerError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { ALICE, type LocalGoogle, mint, signingKey, startGoogle } from '../testing/google.ts';
import type { CloudRunOptions, SignatureOptions } from './options.ts';
import { callerRefused, createVerifier, type Verifier } from './verifier.ts';

const AUDIENCE = 'https://profiles-123456789012.europe-west1.run.app';

let google: LocalGoogle;
beforeEach(async () => {
  google = await startGoogle();
});
afterEach(async () => {
  vi.useRealTimers();
  await google[Symbol.asyncDispose]();
});

const verifierWith = (options: Partial<SignatureOptions> = {}): Verifier =>
  createVerifier({
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE],
    jwksUri: google.jwksUri,
    ...options,
  });
const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
const token = (claims: Record<string, unknown> = {}): Promise<string> => mint(google.key, { aud: AUDIENCE, ...claims });

describe("mode 'signature'", () => {
  test('says who calls', async () => {
    const caller = await verifierWith().verify(await token({ google: { organization_number: 7, none: null } }));
    expect(caller).toMatchObject({
      email: ALICE,
      subject: '1'.repeat(21),
      audience: AUDIENCE,
      issuer: 'https://accounts.google.com',
      verified: true,
      claims: { google: { organization_number: 7 } },
    });
    expect(caller.expiresAt).toBe(Number(caller.claims.exp) * 1000);
    expect(Object.isFrozen(caller) && Object.isFrozen(caller.claims.google)).toBe(true);
  });

  test('reads Authorization alone by default, and the other header when told to', async () => {
    const bearer = `Bearer ${await token()}`;
    await expect(verifierWith().verifyHeaders(['X-Serverless-Authorization', bearer])).rejects.toMatchObject({
      code: 'RUN_AUTH_NO_TOKEN',
    });
    const other = verifierWith({ header: 'x-serverless-authorization' });
    await expect(other.verifyHeaders(['X-Serverless-Authorization', bearer])).resolves.toMatchObject({ email: ALICE });
  });

  test('takes the scheme in any case, and any number of blanks and tabs after it', async () => {
    const verifier = verifierWith();
    const vouching = createVerifier({
      mode: 'cloud-run',
      audience: AUDIENCE,
      allowedCallers: [ALICE],
      jwksUri: google.jwksUri,
    });
    for (const scheme of ['bearer ', 'BEARER ', 'Bearer   ', 'beareR\t', 'bearer \t ']) {
      await expect(verifier.verifyHeaders(['AUTHORIZATION', `${scheme}${await token()}`])).resolves.toBeDefined();
      const consumed = ['X-Serverless-Authorization', `${scheme}${strip(await token())}`];
      await expect(vouching.verifyHeaders(consumed)).resolves.toMatchObject({ email: ALICE, verified: false });
      expect(vouching.peek(consumed)).toMatchObject({ email: ALICE });
    }
    for (const scheme of ['Bearer\u00a0', 'Bearer\u2009', 'Bearer,', 'Bearer ,', 'Bearer \u00a0', 'Bearer\v'])
      await expect(
        vouching.verifyHeaders(['X-Serverless-Authorization', `${scheme}${strip(await token())}`]),
      ).rejects.toMatchObject({ statusCode: 401 });
  });

  test('reads no token where the last header has no value', async () => {
    for (const headers of [['authorization'], ['host', 'x', 'authorization'], ['authorization', '']])
      await expect(verifierWith().verifyHeaders(headers)).rejects.toMatchObject({ code: 'RUN_AUTH_NO_TOKEN' });
  });

  test('has its own code for a stripped token on a public service', async () => {
    const verifier = verifierWith({ public: true });
    await expect(verifier.verify(strip(await token()))).rejects.toMatchObject({ code: 'RUN_AUTH_STRIPPED_ON_PUBLIC' });
    await expect(verifier.verify(await token())).resolves.toBeDefined();
  });

  test('allows anybody, for any audience, when both are opted out of', async () => {
    const verifier = verifierWith({ audience: null, allowedCallers: null });
    await expect(verifier.verify(await token({ aud: 'x', email: 'b@c.d' }))).resolves.toMatchObject({ email: 'b@c.d' });
  });

  test('takes any of several audiences', async () => {
    const verifier = verifierWith({ audience: ['https://a.example', AUDIENCE] });
    await expect(verifier.verify(await token())).resolves.toBeDefined();
    await expect(verifier.verify(await token({ aud: 'https://b.example' }))).rejects.toMatchObject({
      code: 'RUN_AUTH_AUDIENCE_REFUSED',
    });
  });

  test.each([
    [`${AUDIENCE}/path`, 'It has a path.'],
    [`${AUDIENCE}?q`, 'It has a query or fragment.'],
    [`${AUDIENCE}#f`, 'It has a query or fragment.'],
    [AUDIENCE.toUpperCase(), 'They differ in upper and lower case.'],
    ['https://other.example', `accepted: "${AUDIENCE}".`],
  ])('tells the log what is wrong with audience %s', async (aud, hint) => {
    await expect(verifierWith().verify(await token({ aud }))).rejects.toThrow(hint);
  });

  test('bears clocks that differ by less than the tolerance', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const verifier of [verifierWith(), verifierWith({ clockTolerance: 60 })]) {
      await expect(verifier.verify(await token({ exp: now - 30 }))).resolves.toBeDefined();
      await expect(verifier.verify(await token({ iat: now + 30 }))).resolves.toBeDefined();
      await expect(verifier.verify(await token({ exp: now - 90 }))).rejects.toMatchObject({
        code: 'RUN_AUTH_TOKEN_EXPIRED',
      });
      await expect(verifier.verify(await token({ iat: now + 90 }))).rejects.toMatchObject({
        code: 'RUN_AUTH_TOKEN_NOT_YET_VALID',
      });
    }
  });
});

describe("mode 'cloud-run'", () => {
  const cloudRun = (options: Partial<CloudRunOptions> = {}): Verifier =>
    createVerifier({
      mode: 'cloud-run',
      audience: AUDIENCE,
      allowedCallers: [ALICE],
      jwksUri: google.jwksUri,
      ...options,
    });
  const vouched = async (claims: Record<string, unknown> = {}): Promise<string[]> => [
    'X-Serverless-Authorization',
    `Bearer ${strip(await token(claims))}`,
  ];

  test('takes a stripped token on the word of the front end, and says so', async () => {
    const caller = await cloudRun().verifyHeaders(await vouched());
    expect(caller).toMatchObject({ email: ALICE, verified: false });
    expect(google.requests).toHaveLength(0);
  });

  test('leaves Authorization to others where there is X-Serverless-Authorization', async () => {
    const verifier = cloudRun();
    const both = ['authorization', 'Bearer a-person', ...(await vouched())];
    await expect(verifier.verifyHeaders(both)).resolves.toMatchObject({ email: ALICE });
    for (const other of ['Bearer broken', 'Basic YTpi', '']) {
      const mine = ['authorization', `Bearer ${await token()}`, 'x-serverless-authorization', other];
      await expect(verifier.verifyHeaders(mine)).rejects.toThrow(CallerError);
    }
  });

  test('wants the signature of a token in Authorization, also of one that it has just taken on trust', async () => {
    const verifier = cloudRun();
    const [, value = ''] = await vouched();
    await verifier.verifyHeaders(['x-serverless-authorization', value]);
    expect(verifier.peek(['x-serverless-authorization', value])).toBeDefined();
    expect(verifier.peek(['authorization', value])).toBeUndefined();
    await expect(verifier.verifyHeaders(['authorization', value])).rejects.toMatchObject({
      code: 'RUN_AUTH_STRIPPED_NOT_VOUCHED',
    });
    const whole = ['authorization', `Bearer ${await token()}`];
    await expect(verifier.verifyHeaders(whole)).resolves.toMatchObject({ email: ALICE, verified: true });
  });

  test('leaves it to who gives it a token alone where that has stood', async () => {
    const verifier = cloudRun();
    await expect(verifier.verify(await token())).resolves.toMatchObject({ verified: true });
    await expect(verifier.verify(strip(await token()))).resolves.toMatchObject({ verified: false });
    const stranger = await signingKey(google.key.jwk.kid);
    await expect(verifier.verify(await mint(stranger, { aud: AUDIENCE }))).rejects.toMatchObject({
      code: 'RUN_AUTH_SIGNATURE_INVALID',
    });
  });

  test.each(['x-serverless-authorization', 'close, Authorization', 'X-SERVERLESS-AUTHORIZATION,te'])(
    'takes nobody whose Connection header is %j',
    async (named) => {
      const verifier = cloudRun();
      const headers = await vouched();
      await verifier.verifyHeaders(['Connection', 'keep-alive', ...headers]);
      for (const all of [
        ['Connection', named, ...headers],
        [...headers, 'connection', 'close', 'CONNECTION', named],
      ]) {
        expect(verifier.peek(all)).toBeUndefined();
        await expect(verifier.verifyHeaders(all)).rejects.toMatchObject({ code: 'RUN_AUTH_HEADER_NOMINATED' });
      }
    },
  );

  test.each([
    ['RUN_AUTH_AUDIENCE_REFUSED', { aud: 'https://other.example' }],
    ['RUN_AUTH_CALLER_REFUSED', { email: 'mallory@demo.iam.gserviceaccount.com' }],
    ['RUN_AUTH_TOKEN_EXPIRED', { exp: 1 }],
    ['RUN_AUTH_ISSUER_REFUSED', { iss: 'https://evil.example' }],
    ['RUN_AUTH_EMAIL_MISSING', { email: undefined }],
  ])('still checks what a stripped token says: %s', async (code, claims) => {
    await expect(cloudRun().verifyHeaders(await vouched(claims))).rejects.toMatchObject({ code });
  });

  test('needs no keys ahead', async () => {
    await cloudRun().prefetch();
    expect(google.requests).toHaveLength(0);
  });
});

describe('verified tokens', () => {
  test('are at hand without a promise', async () => {
    const verifier = verifierWith();
    const headers = ['authorization', `Bearer ${await token()}`];
    expect(verifier.peek(headers)).toBeUndefined();
    const caller = await verifier.verifyHeaders(headers);
    expect(verifier.peek(headers)).toBe(caller);
    await expect(verifier.verifyHeaders(headers)).resolves.toBe(caller);
    expect(verifier.peek([...headers, ...headers])).toBeUndefined();
    expect(verifier.peek([])).toBeUndefined();
  });

  test('of callers who may not call are no way in', async () => {
    const verifier = verifierWith();
    const headers = ['authorization', `Bearer ${await token({ email: 'b@c.d' })}`];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(verifier.verifyHeaders(headers)).rejects.toMatchObject({ code: 'RUN_AUTH_CALLER_REFUSED' });
      expect(verifier.peek(headers)).toBeUndefined();
    }
  });

  test('are forgotten when they expire', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const verifier = verifierWith({ clockTolerance: 0 });
    const headers = ['authorization', `Bearer ${await token()}`];
    await verifier.verifyHeaders(headers);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(verifier.peek(headers)).toBeUndefined();
    await expect(verifier.verifyHeaders(headers)).rejects.toMatchObject({ code: 'RUN_AUTH_TOKEN_EXPIRED' });
  });
});

describe('what the log learns', () => {
  test('subject, audience and key id of a refused token, and never the token', async () => {
    const text = await token({ aud: 'https://other.example' });
    const error = await verifierWith()
      .verify(text)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CallerError);
    expect((error as CallerError).token).toEqual({
      subject: '1'.repeat(21),
      email: ALICE,
      audience: 'https://other.example',
      issuer: 'https://accounts.google.com',
      keyId: google.key.jwk.kid,
    });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(text.slice(0, 40));
  });

  test('no more of a claim than 256 characters, and what is no text as JSON', async () => {
    const long = await verifierWith()
      .verify(await token({ aud: 'x'.repeat(5_000) }))
      .catch((reason: CallerError) => reason);
    expect((long as CallerError).token.audience).toHaveLength(256);
    expect((long as CallerError).message.length).toBeLessThan(1_000);
    const list = await verifierWith()
      .verify(await token({ aud: ['a', 'b'] }))
      .catch((reason: CallerError) => reason);
    expect((list as CallerError).token.audience).toBe('["a","b"]');
  });

  test('nothing of a token that cannot be read', async () => {
    const error = await verifierWith()
      .verify('YQ.YQ.YQ')
      .catch((reason: CallerError) => reason);
    expect(error).toMatchObject({ code: 'RUN_AUTH_TOKEN_MALFORMED', token: {} });
    const binary = await verifierWith()
      .verify('____.____.____')
      .catch((reason: CallerError) => reason);
    expect(binary).toMatchObject({ code: 'RUN_AUTH_TOKEN_MALFORMED', token: {} });
  });

  test('nothing made up of a fault in the calling code', async () => {
    await expect(verifierWith().verify(undefined as never)).rejects.toThrow(TypeError);
  });

  test('accepted and refused callers, on diagnostics channels', async () => {
    const events: unknown[] = [];
    const listen = (event: unknown, name: string | symbol): unknown => events.push([name, event]);
    subscribe(CHANNELS.callerVerified, listen);
    subscribe(CHANNELS.callerRefused, listen);
    const verifier = verifierWith();
    await verifier.verify(await token());
    await verifier.verify('').catch(() => {});
    unsubscribe(CHANNELS.callerVerified, listen);
    unsubscribe(CHANNELS.callerRefused, listen);
    expect(events).toMatchObject([
      [CHANNELS.callerVerified, { email: ALICE, audience: AUDIENCE, verified: true }],
      [CHANNELS.callerRefused, { code: 'RUN_AUTH_TOKEN_MALFORMED', token: {} }],
    ]);
  });

  test('a caller who is known, and not one of those who may call, is named', async () => {
    const email = 'mallory@demo.iam.gserviceaccount.com';
    const caller = await verifierWith({ allowedCallers: null }).verify(await token({ email }));
    const refusal = callerRefused(caller);
    expect(refusal.message).toContain(`Caller: ${email}.`);
    expect(refusal.token).toEqual({
      subject: caller.subject,
      email,
      audience: AUDIENCE,
      issuer: 'https://accounts.google.com',
    });
  });

  test('what is no refusal is no event', async () => {
    const events: unknown[] = [];
    const listen = (event: unknown): unknown => events.push(event);
    subscribe(CHANNELS.callerRefused, listen);
    await expect(verifierWith().verifyHeaders(null as never)).rejects.toThrow(TypeError);
    unsubscribe(CHANNELS.callerRefused, listen);
    expect(events).toEqual([]);
  });
});

test('headers accepted are remembered up to a bound', async () => {
  const verifier = verifierWith();
  for (let n = 0; n < 70; n += 1)
    await expect(
      verifier.verify(strip(await mint(google.key, { aud: AUDIENCE }, { kid: `k${n}` }))),
    ).rejects.toMatchObject({
      code: 'RUN_AUTH_SIGNATURE_STRIPPED',
    });
  await expect(verifier.verify(await token())).resolves.toBeDefined();
});
