import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { CHANNELS } from '../diagnostics.ts';
import type { CallerError } from '../errors.ts';
import { callerAuth } from '../node.ts';
import { ask, type SentHeader } from '../testing/ask.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';
import { GUARDS, startGuarded } from '../testing/guards.ts';
import { createGatekeeper, type GuardOptions } from './gatekeeper.ts';

const AUDIENCE = 'https://search.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';
/** The Fastify plugin has a log of its own, and tells of it when it is ready. */
const OTHERS = GUARDS.filter((name) => !name.startsWith('Fastify'));

let google: LocalGoogle;
beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google[Symbol.asyncDispose]());
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const options = (more: object = {}): GuardOptions =>
  ({
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE, BOB],
    jwksUri: google.jwksUri,
    ...more,
  }) as GuardOptions;
const bearer = async (email: string): Promise<SentHeader> => [
  'authorization',
  `Bearer ${await mint(google.key, { aud: AUDIENCE, email })}`,
];

test.each(OTHERS)('%s tells of each refusal and why, and not of the token', async (name) => {
  const refusals: CallerError[] = [];
  const published: unknown[] = [];
  const listen = (event: unknown): void => void published.push((event as { code: string }).code);
  subscribe(CHANNELS.callerRefused, listen);
  await using server = await startGuarded(name, options({ onRefusal: (one: CallerError) => refusals.push(one) }));
  const bob = await bearer(BOB);
  for (const headers of [[], [['authorization', 'Bearer x']], [bob]] as SentHeader[][])
    await ask({ ...server, path: '/alice', headers });
  unsubscribe(CHANNELS.callerRefused, listen);
  const codes = ['RUN_AUTH_NO_TOKEN', 'RUN_AUTH_TOKEN_MALFORMED', 'RUN_AUTH_CALLER_REFUSED'];
  expect(refusals.map(({ code }) => code)).toEqual(codes);
  expect(published).toEqual(codes);
  expect(refusals[2]?.message).toContain(BOB);
  expect(JSON.stringify(refusals)).not.toContain(bob[1].slice(7, 60));
});

test('by default a refusal is a line of JSON, as Cloud Run reads it', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const keeper = createGatekeeper(options());
  return keeper.admit(['authorization', 'Bearer x'], undefined).catch((error: unknown) => {
    expect(keeper.turnAway(error).status).toBe(401);
    expect(warn).toHaveBeenCalledOnce();
    expect(JSON.parse(String(warn.mock.calls[0]?.[0]))).toEqual({
      severity: 'WARNING',
      message: 'caller refused',
      code: 'RUN_AUTH_TOKEN_MALFORMED',
      token: {},
      reason: expect.stringContaining('base64url'),
    });
  });
});

test.each(OTHERS)('%s answers also where the log fails', async (name) => {
  const warnings: string[] = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  const onRefusal = (): void => {
    throw new Error('disk full');
  };
  await using server = await startGuarded(name, options({ onRefusal }));
  expect((await ask({ ...server, path: '/who' })).status).toBe(401);
  expect(server.seen).toEqual([]);
  expect(warnings).toContain('onRefusal failed: disk full');
});

test('what is no refusal is no answer', () => {
  const fault = new Error('inner');
  expect(() => createGatekeeper(options()).turnAway(fault)).toThrow(fault);
});

test("mode 'cloud-run' where no front end can be is warned of", () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  vi.stubEnv('K_SERVICE', 'search');
  createGatekeeper(options({ mode: 'cloud-run' }));
  vi.stubEnv('K_SERVICE', undefined);
  createGatekeeper(options());
  expect(warn).not.toHaveBeenCalled();
  createGatekeeper(options({ mode: 'cloud-run' }));
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('K_SERVICE is not set'));
});

test('keys are fetched ahead by who asks for it, and not by making a guard', async () => {
  const before = google.count('/certs');
  const auth = callerAuth(options());
  expect(google.count('/certs')).toBe(before);
  await auth.only([ALICE]).prefetch();
  expect(google.count('/certs')).toBe(before + 1);
  await expect(callerAuth(options({ jwksUri: `${google.origin}/nowhere` })).prefetch()).rejects.toMatchObject({
    code: 'RUN_AUTH_KEYS_UNAVAILABLE',
  });
});

test.each([[[]], [[`serviceAccount:${ALICE}`]], ['x'], [undefined], [null], ['unauthenticated']])(
  'a guard is not narrowed to %j',
  (callers) => {
    expect(() => callerAuth(options()).only(callers as never)).toThrow(
      expect.objectContaining({ code: 'RUN_AUTH_OPTION_INVALID' }),
    );
  },
);

test('a guard that is narrowed lets in nobody whom the first does not', async () => {
  const keeper = createGatekeeper(options({ allowedCallers: [BOB] }));
  await expect(keeper.admit(await bearer(ALICE), new Set([ALICE]))).rejects.toMatchObject({
    code: 'RUN_AUTH_CALLER_REFUSED',
  });
  await expect(keeper.admit(await bearer(BOB), new Set([ALICE]))).rejects.toMatchObject({
    code: 'RUN_AUTH_CALLER_REFUSED',
  });
});

test('a guard that is narrowed lets in those whom both let in', async () => {
  const keeper = createGatekeeper(options());
  const alice = await bearer(ALICE);
  for (const callers of [undefined, new Set([ALICE]), new Set([BOB, ALICE])])
    await expect(keeper.admit(alice, callers)).resolves.toMatchObject({ email: ALICE });
  await expect(keeper.admit(alice, new Set([BOB]))).rejects.toMatchObject({ code: 'RUN_AUTH_CALLER_REFUSED' });
});

test('Node: who was answered meanwhile is not answered again', async () => {
  const auth = callerAuth(options({ onRefusal: () => {} }));
  const admitted = vi.fn();
  const server = createServer((request, response) => {
    auth(request, response, admitted);
    response.writeHead(504).end('timeout');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const answer = await ask({ origin: `http://127.0.0.1:${port}`, path: '/' });
  expect([answer.status, answer.body]).toEqual([504, 'timeout']);
  expect(admitted).not.toHaveBeenCalled();
  server.close();
});

test.each([
  ['nobody in particular', undefined, true],
  ['the caller', [ALICE], true],
  ['somebody else', [BOB], false],
])('a route for %s, a token that is new and one that is remembered', async (_, callers, isAdmitted) => {
  const keeper = createGatekeeper(options());
  const headers = await bearer(ALICE);
  for (const _time of ['first', 'second']) {
    const admitted = keeper.admit([...headers], callers && new Set(callers));
    if (isAdmitted) expect(await admitted).toMatchObject({ email: ALICE });
    else await expect(admitted).rejects.toMatchObject({ code: 'RUN_AUTH_CALLER_REFUSED' });
  }
});
