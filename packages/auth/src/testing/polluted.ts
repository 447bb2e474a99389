// A process whose Object.prototype somebody else has written into, again and again: what would break the test runner, too.
// Prints an array of Outcome.
import { type FastifyInstance, fastify } from 'fastify';
import { decodeSegment } from '../compact.ts';
import { callerAuth } from '../fastify.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { createVerifier, pubsubPush, type Verifier, type VerifierOptions } from '../inbound.ts';
import { ALICE, json, mint, signingKey, signRaw, startGoogle } from './google.ts';

/** What came of one name with one value. */
export interface Outcome {
  readonly name: string;
  readonly value: unknown;
  /** How many requests and options were tried. */
  readonly tried: number;
  /** Those that ended otherwise than without the pollution. */
  readonly wrong: readonly string[];
}

const AUDIENCE = 'https://search.example';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';
const now = Math.floor(Date.now() / 1000);

const google = await startGoogle();
const evil = await startGoogle();
const stranger = await signingKey(google.key.jwk.kid);
evil.keys = [stranger.jwk];

/** Every name that is read of options, routes, tokens, callers and keys, with the values that would help most. */
const POLLUTIONS: readonly (readonly [name: string, value: unknown])[] = [
  ['mode', 'cloud-run'],
  ['audience', null],
  ['allowedCallers', null],
  ['allowedCallers', [MALLORY]],
  ['header', 'x-serverless-authorization'],
  ['public', false],
  ['jwksUri', evil.jwksUri],
  ['plainHttpHosts', ['evil.example']],
  ['clockTolerance', 300],
  ['cacheSize', 1],
  ['refusals', 'throw'],
  ['serviceAccount', MALLORY],
  ['callers', 'unauthenticated'],
  ['callers', [MALLORY]],
  ['config', { callers: 'unauthenticated' }],
  ['iss', 'https://accounts.google.com'],
  ['aud', AUDIENCE],
  ['sub', '1'],
  ['exp', now + 3_600],
  ['iat', 0],
  ['nbf', 0],
  ['email', ALICE],
  ['email_verified', true],
  ['alg', 'RS256'],
  ['typ', 'JWT'],
  ['kid', google.key.jwk.kid],
  ['kty', 'RSA'],
  ['use', 'sig'],
  ['key_ops', ['verify']],
  ['n', stranger.jwk.n],
  ['e', stranger.jwk.e],
  ['keys', [stranger.jwk]],
  ['jwks', { keys: [stranger.jwk] }],
  ['verified', true],
  ['vouched', true],
  ['text', 'x'],
  ['expiresAt', Number.MAX_SAFE_INTEGER],
  ['until', Number.MAX_SAFE_INTEGER],
  ['required', false],
  ['statusCode', 200],
];

function pollute(name: string, value: unknown): void {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
}
function clean(name: string): void {
  Reflect.deleteProperty(Object.prototype, name);
}

const options = (): VerifierOptions => ({
  mode: 'signature',
  audience: AUDIENCE,
  allowedCallers: [ALICE],
  jwksUri: google.jwksUri,
});

/** Requests that are refused; each lacks what one of the names would give it. */
async function attacks(): Promise<[what: string, headers: string[]][]> {
  const good = await mint(google.key, { aud: AUDIENCE });
  const stripped = `${good.slice(0, good.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
  const withHeader = (header: object): Promise<string> =>
    signRaw(google.key, JSON.stringify(header), decodeSegment(good.split('.')[1] ?? '') ?? '');
  const tokens: Record<string, Promise<string> | string> = {
    'a key that is not the issuer’s': mint(stranger, { aud: AUDIENCE }),
    'another audience': mint(google.key, { aud: 'https://other.example' }),
    'a caller who is not allowed': mint(google.key, { aud: AUDIENCE, email: MALLORY }),
    'an end that is over': mint(google.key, { aud: AUDIENCE, exp: now - 100 }),
    'an address that is not verified': mint(google.key, { aud: AUDIENCE, email_verified: false }),
    'no signature': stripped,
    'no algorithm': withHeader({ kid: google.key.jwk.kid }),
    'no key id': withHeader({ alg: 'RS256' }),
  };
  for (const claim of ['iss', 'aud', 'sub', 'exp', 'iat', 'email', 'email_verified'])
    tokens[`no ${claim}`] = mint(google.key, { aud: AUDIENCE, [claim]: undefined });
  const requests: [string, string[]][] = [
    ['no header', []],
    ['no value', ['authorization']],
    ['no signature, in the other header', ['x-serverless-authorization', `Bearer ${stripped}`]],
  ];
  for (const [what, token] of Object.entries(tokens)) requests.push([what, ['authorization', `Bearer ${await token}`]]);
  return requests;
}

/** Runs one attempt; the name of it is told when it did not end as it should. */
type Try = readonly [what: string, attempt: () => Promise<boolean> | boolean];

const isRefused = async (verifier: Verifier, headers: string[]): Promise<boolean> => {
  if (verifier.peek(headers) !== undefined) return false;
  return verifier.verifyHeaders(headers).then(
    () => false,
    () => true,
  );
};

const isClosed = async (app: FastifyInstance | undefined, [header = 'x', value = '']: string[]): Promise<boolean> => {
  const reply = await app?.inject({ url: '/', headers: { [header]: value } }).catch(() => undefined);
  return reply?.statusCode !== 200;
};

async function guarded(): Promise<FastifyInstance> {
  const app = fastify();
  app.register(callerAuth, options());
  app.register(async (routes) => void routes.get('/', () => 'handled'));
  await app.ready();
  return app;
}

const refusesOptions = (make: () => unknown): boolean => {
  try {
    make();
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'RUN_AUTH_OPTION_INVALID';
  }
};

/** Keys that lack a member, or a set that lacks its keys. */
async function takesKeysWithout(name: string, value: unknown): Promise<boolean> {
  const { [name]: _missing, ...rest } = google.key.jwk as unknown as Record<string, unknown>;
  google.faults.set('/certs', (_request, response) => {
    clean(name);
    json(response, 200, name === 'keys' ? {} : { keys: [rest] });
    pollute(name, value);
  });
  const taken = await createVerifier(options())
    .prefetch()
    .then(
      () => true,
      () => false,
    );
  google.faults.clear();
  return taken;
}

const NEEDED_OF_KEYS = new Set(['keys', 'kty', 'kid', 'n', 'e']);

async function outcomeOf(name: string, value: unknown): Promise<Outcome> {
  const requests = await attacks();
  const verifierBefore = createVerifier(options());
  await verifierBefore.prefetch();
  const appBefore = await guarded();
  pollute(name, value);
  const verifierAfter = createVerifier(options());
  // Some names keep Fastify itself from starting.
  const appAfter = await guarded().catch(() => undefined);
  const { [name as 'mode']: _forgotten, ...incomplete } = options();
  const tries: Try[] = requests.flatMap(([what, headers]): Try[] => [
    [`${what}: a verifier made before`, () => isRefused(verifierBefore, headers)],
    [`${what}: a verifier made after`, () => isRefused(verifierAfter, headers)],
    [`${what}: a route declared before`, () => isClosed(appBefore, headers)],
    [`${what}: a route declared after`, () => isClosed(appAfter, headers)],
  ]);
  tries.push(
    ['no options', () => refusesOptions(() => createVerifier({} as VerifierOptions))],
    ['options of a sender', () => refusesOptions(() => pubsubPush({ mode: 'signature', audience: AUDIENCE } as never))],
    [`keys without ${name}`, async () => (await takesKeysWithout(name, value)) !== NEEDED_OF_KEYS.has(name)],
  );
  if (['mode', 'audience', 'allowedCallers'].includes(name))
    tries.push([`no ${name}`, () => refusesOptions(() => createVerifier(incomplete as VerifierOptions))]);
  const wrong: string[] = [];
  for (const [what, attempt] of tries) if (!(await attempt())) wrong.push(what);
  clean(name);
  await appBefore.close();
  await appAfter?.close();
  return { name, value, tried: tries.length, wrong };
}

const outcomes: Outcome[] = [];
for (const [name, value] of POLLUTIONS) outcomes.push(await outcomeOf(name, value));
// So that the refusals mean something.
const good = ['authorization', `Bearer ${await mint(google.key, { aud: AUDIENCE })}`];
const refused = await isRefused(createVerifier(options()), good);
outcomes.push({ name: 'none', value: null, tried: 1, wrong: refused ? ['a good token'] : [] });
await google[Symbol.asyncDispose]();
await evil[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(outcomes));
