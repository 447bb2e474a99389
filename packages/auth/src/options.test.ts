import { inspect } from 'node:util';
import { fastify } from 'fastify';
import { Compute } from 'google-auth-library';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import * as expressIndex from './express.ts';
import * as fastifyIndex from './fastify.ts';
import * as grpcIndex from './grpc.ts';
import type { GuardOptions } from './guard/gatekeeper.ts';
import * as honoIndex from './hono.ts';
import * as inboundIndex from './inbound.ts';
import * as index from './index.ts';
import * as koaIndex from './koa.ts';
import * as nestIndex from './nest.ts';
import * as nodeIndex from './node.ts';
import { type NameOf, type Rules, required, TEXT } from './options.ts';
import * as outboundIndex from './outbound.ts';
import { PRIVATE_KEY } from './testing/alone.ts';

const { applicationDefault, authClient, createServiceClient, metadataServer, serviceAccountKey } = outboundIndex;
const { cloudScheduler, cloudTasks, createVerifier, eventarc, pubsubPush } = inboundIndex;

/** Every kind of value that somebody may give in place of another, by the name under which a row lets it pass. */
const VALUES = {
  null: null,
  'an empty text': '',
  'a text': 'some text',
  'digits as text': '300',
  'true as text': 'true',
  'JSON as text': '[]',
  'text with a line break': 'a\nb',
  true: true,
  false: false,
  zero: 0,
  'a number': 7,
  'a fraction': 1.5,
  'a large number': 1e12,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a negative number': -1,
  'a bigint': 7n,
  'a symbol': Symbol('x'),
  'a function': () => 'x',
  'an empty object': {},
  'an object': { toJSON: () => 'x' },
  'an object without prototype': Object.create(null),
  'an object that reads as text': { toString: () => 'authorization' },
  'an object that reads as number': { valueOf: () => 7 },
  'an object that is like a list': { length: 1, 0: 'x' },
  'an empty list': [],
  'a list of texts': ['x'],
  'a list with an empty text': ['x', ''],
  'a list of numbers': [7],
  'a list of lists': [['x']],
  'a list with a hole': Object.assign([] as string[], { 1: 'x' }),
  'a set': new Set(['x']),
  'a map': new Map(),
  'a date': new Date(0),
  'a boxed text': Object('signature'),
  'a boxed number': Object(7),
  'a boxed boolean': Object(true),
  bytes: Buffer.from('x'),
  'a promise': Promise.resolve('x'),
} as const;
type ValueName = keyof typeof VALUES;

/** What an option takes, of the values above and of its own. */
interface Row {
  readonly takes: readonly ValueName[];
  readonly good: readonly unknown[];
  readonly required?: true;
  /** More values that are wrong: out of range, of the right type. */
  readonly wrong?: readonly unknown[];
}

/** A row for each option, by its type: an option without a row does not compile. */
type Table<Options> = { readonly [Name in NameOf<Options>]-?: Row };

const WORDS: ValueName[] = ['digits as text', 'true as text', 'JSON as text'];
const TEXTS: ValueName[] = ['a text', ...WORDS];
const HOSTS: Row = {
  takes: ['an empty list', 'a list of texts'],
  good: [['search', '10.0.0.1', '[::2]']],
  wrong: [['search:80'], ['Search'], ['http://search'], ['a/b'], ['a b'], ['u@a'], 'search'],
};
const FLAG: Row = { takes: ['true', 'false'], good: [true] };
const choice = (...good: string[]): Row => ({ takes: [], good, wrong: good.map((value) => ` ${value}`) });
const ACCOUNT = 'a-run@demo.iam.gserviceaccount.com';
/** One account as variables, policies and the names of resources have it. */
const ACCOUNT_FORMS = [
  ACCOUNT,
  `${ACCOUNT}\n`,
  `\t ${ACCOUNT}\r\n`,
  `serviceAccount:${ACCOUNT}`,
  `projects/-/serviceAccounts/${ACCOUNT}`,
  `projects/demo/serviceAccounts/${ACCOUNT}`,
  `//iam.googleapis.com/projects/example.com:demo/serviceAccounts/${ACCOUNT}`,
];
const NO_ACCOUNTS = [
  `user:${ACCOUNT}`,
  `group:${ACCOUNT}`,
  `deleted:serviceAccount:${ACCOUNT}?uid=1`,
  `serviceAccount:serviceAccount:${ACCOUNT}`,
  'serviceAccount:demo.svc.id.goog[ns/ksa]',
  'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s@x',
  'allUsers',
  'projects/-/serviceAccounts/',
  `projects/a/b/serviceAccounts/${ACCOUNT}`,
];
const KEY_GIVEN = { client_email: ACCOUNT, private_key: PRIVATE_KEY };

type VerifierTable = Table<inboundIndex.VerifierOptions>;
const VERIFIER: VerifierTable = {
  mode: { ...choice('signature'), required: true },
  audience: {
    takes: ['null', 'a list of texts', ...TEXTS, 'text with a line break'],
    good: ['https://a.example'],
    wrong: [' x', ['x '], ['x', 7], ['x', null]],
    required: true,
  },
  allowedCallers: {
    takes: ['null'],
    good: [[ACCOUNT], [ACCOUNT, 'someone@example.com']],
    wrong: [[` ${ACCOUNT}`], [`serviceAccount:${ACCOUNT}`], [ACCOUNT, 'x'], ACCOUNT],
    required: true,
  },
  header: choice('authorization'),
  public: FLAG,
  jwksUri: { takes: [], good: ['http://127.0.0.1:1/certs'], wrong: ['certs'] },
  jwks: { takes: [], good: [{ keys: [{ kid: 'x' }] }], wrong: [{ keys: [] }, { keys: [7] }, { keys: { 0: {} } }] },
  plainHttpHosts: HOSTS,
  clockTolerance: { takes: ['zero', 'a number', 'a fraction'], good: [300], wrong: [300.5, '0', -0.1] },
  cacheSize: { takes: ['zero', 'a number'], good: [1_000_000], wrong: [1_000_001, '0'] },
};

const { mode, public: isPublic, jwksUri, jwks, plainHttpHosts, clockTolerance, cacheSize } = VERIFIER;
const SENDER: Table<inboundIndex.SenderOptions> = {
  mode,
  public: isPublic,
  jwksUri: { ...jwksUri, takes: ['an empty text', 'text with a line break', ...TEXTS], wrong: [] },
  jwks,
  plainHttpHosts,
  clockTolerance,
  cacheSize,
  serviceAccount: { takes: [], good: [ACCOUNT], wrong: ['someone@example.com', `${ACCOUNT}\n`], required: true },
  audience: { takes: WORDS, good: ['https://a.example/x'], wrong: ['x?y', 'x#y', 'x y'], required: true },
};

const SOURCE: Table<outboundIndex.SourceOptions> = {
  impersonate: {
    takes: ['digits as text'],
    good: ACCOUNT_FORMS,
    wrong: ['a@b/c', 'a@b:x', '..', ' ', 'login-run', `"${ACCOUNT}"`, `${ACCOUNT}\n${ACCOUNT}`, ...NO_ACCOUNTS],
  },
  delegates: {
    takes: ['an empty list'],
    good: [[ACCOUNT, '1'], ACCOUNT_FORMS],
    wrong: [[ACCOUNT, 'a/b@c'], ACCOUNT, ['x'], ...NO_ACCOUNTS.map((member) => [member])],
  },
  endpoints: { takes: ['an empty object', 'an object without prototype'], good: [{ token: 'https://a.example' }] },
  plainHttpHosts: HOSTS,
};
const ENDPOINTS: Table<outboundIndex.GoogleEndpointOptions> = {
  token: { takes: [], good: ['https://a.example/token'], wrong: ['token'] },
  iamCredentials: { takes: [], good: ['https://a.example'], wrong: ['iam'] },
};

const CLIENT: Table<outboundIndex.ServiceClientOptions> = {
  ...SOURCE,
  url: { takes: [], good: ['https://a.example'], wrong: ['a.example'], required: true },
  audience: { takes: WORDS, good: ['x'], wrong: ['x&y', 'x y'] },
  header: choice('authorization', 'x-serverless-authorization', 'both'),
  source: {
    takes: [],
    good: [{ identity: 'x', fetchIdToken: async () => 'x' }],
    wrong: [
      { identity: 'x' },
      { identity: '', fetchIdToken: async () => 'x' },
      { identity: 7, fetchIdToken: async () => 'x' },
      { identity: 'x', fetchIdToken: 'x' },
    ],
  },
  tokenTimeout: { takes: ['a number'], good: [2 ** 31 - 1], wrong: [2 ** 31, '10000', 0] },
  frontEndErrors: choice('throw', 'respond'),
  dispatcher: { takes: [], good: [new Agent()], wrong: [{ dispatch: () => true }, { compose: () => true }] },
};

const KEY: Table<outboundIndex.ServiceAccountKey> = {
  client_email: { takes: [], good: ACCOUNT_FORMS, wrong: ['1', ...NO_ACCOUNTS], required: true },
  private_key: { takes: [], good: [PRIVATE_KEY], required: true },
  private_key_id: { takes: ['an empty text', ...TEXTS, 'text with a line break'], good: ['x'] },
};

/** A public function: how it is called with one option set, and what else it needs then. */
interface Subject {
  readonly table: Record<string, Row>;
  readonly call: (options: unknown) => unknown;
  readonly rest?: Record<string, unknown>;
}

const VERIFIER_REST = { mode: 'signature', audience: 'x', allowedCallers: null };
const SENDER_REST = { mode: 'cloud-run', serviceAccount: ACCOUNT, audience: 'x' };
const sender = (preset: typeof pubsubPush): Subject => ({
  table: SENDER,
  rest: SENDER_REST,
  call: (options) => preset(options as never),
});

const guard = (make: (options: never) => unknown): Subject => ({
  table: {
    ...VERIFIER,
    onRefusal: { takes: ['a function'], good: [() => {}] },
  } satisfies Table<GuardOptions>,
  rest: VERIFIER_REST,
  // A guard is a function, which the test would call.
  call: (options) => void make(options as never),
});

const SUBJECTS: Record<string, Subject> = {
  createVerifier: { table: VERIFIER, rest: VERIFIER_REST, call: (options) => createVerifier(options as never) },
  callerAuth: {
    table: { ...VERIFIER, refusals: choice('reply', 'throw') } satisfies Table<fastifyIndex.CallerAuthOptions>,
    rest: VERIFIER_REST,
    call: async (options) => {
      await using app = fastify();
      await app.register(fastifyIndex.callerAuth, options as never);
    },
  },
  'callerAuth(), of Node': guard(nodeIndex.callerAuth),
  'callerAuth(), of Express': guard(expressIndex.callerAuth),
  'callerAuth(), of Koa': guard(koaIndex.callerAuth),
  'callerAuth(), of Hono': guard(honoIndex.callerAuth),
  CallerGuard: guard((options) => new nestIndex.CallerGuard(options)),
  pubsubPush: sender(pubsubPush),
  cloudTasks: sender(cloudTasks),
  cloudScheduler: sender(cloudScheduler),
  eventarc: sender(eventarc),
  createServiceClient: {
    table: CLIENT,
    rest: { url: 'https://a.example' },
    call: (options) => createServiceClient(options as never),
  },
  applicationDefault: { table: SOURCE, call: (options) => applicationDefault(options as never) },
  'applicationDefault({ endpoints })': {
    table: ENDPOINTS,
    call: (endpoints) => applicationDefault({ endpoints } as never),
  },
  metadataServer: {
    table: {
      ...SOURCE,
      serviceAccount: {
        takes: ['digits as text'],
        good: ['default', ...ACCOUNT_FORMS],
        wrong: ['default/token?', 'a@b/..'],
      },
    } satisfies Table<outboundIndex.MetadataServerOptions>,
    call: (options) => metadataServer(options as never),
  },
  serviceAccountKey: {
    table: KEY,
    rest: KEY_GIVEN,
    call: (key) => serviceAccountKey(key as never),
  },
  'serviceAccountKey(key, options)': {
    table: SOURCE,
    call: (options) => serviceAccountKey(KEY_GIVEN, options as never),
  },
  'authClient(client, options)': { table: SOURCE, call: (options) => authClient(new Compute(), options as never) },
};

/** Some options need others. */
const BESIDE: Record<string, Record<string, unknown>> = { delegates: { impersonate: ACCOUNT } };

const calling = async (subject: Subject, name: string, value: unknown): Promise<unknown> =>
  subject.call({ ...subject.rest, ...BESIDE[name], [name]: value });
const refused = (code = /^RUN_AUTH_(OPTION|URL|AUDIENCE|PRIVATE_KEY)_/) => ({
  name: 'ConfigError',
  code: expect.stringMatching(code),
});

const CASES = Object.entries(SUBJECTS).flatMap(([of, subject]) =>
  Object.entries(subject.table).map(([name, row]) => ({ of, name, subject, row })),
);

describe.each(CASES)('$of: $name', ({ name, subject, row }) => {
  test('takes what it is for', async () => {
    const taken = [...row.good, ...row.takes.map((value) => VALUES[value])];
    for (const value of taken) await expect(calling(subject, name, value), inspect(value)).resolves.not.toThrow();
  });

  test('refuses every other kind of value, and what is out of range', async () => {
    const kinds = Object.entries(VALUES).filter(([kind]) => !row.takes.includes(kind as ValueName));
    expect(kinds.length).toBeGreaterThan(25);
    const wrong = [...kinds, ...(row.wrong ?? []).map((value) => [inspect(value), value] as const)];
    for (const [kind, value] of wrong)
      await expect(calling(subject, name, value), kind).rejects.toMatchObject(refused());
  });

  test(row.required ? 'is missed when it is not given' : 'may be left out', async () => {
    for (const options of [{ [name]: undefined }, {}]) {
      const rest = Object.fromEntries(Object.entries(subject.rest ?? {}).filter(([one]) => one !== name));
      const call = Promise.resolve().then(() => subject.call({ ...rest, ...options }));
      if (row.required)
        await expect(call).rejects.toMatchObject({ ...refused(), message: expect.stringContaining(name) });
      else await call;
    }
  });

  test('counts only in the options themselves, not in what they inherit', async () => {
    const value = row.good[0];
    const options = { ...subject.rest, ...BESIDE[name] };
    (Object.prototype as Record<string, unknown>)[name] = 'polluted';
    try {
      await subject.call({ ...options, [name]: value });
      if (!row.required) await subject.call({ ...subject.rest });
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    const inherited = Object.assign(Object.create({ [name]: value }), options);
    await expect(Promise.resolve().then(() => subject.call(inherited))).rejects.toMatchObject(refused());
  });
});

describe.each(Object.entries(SUBJECTS))('%s', (_name, subject) => {
  test('refuses what are no options', async () => {
    for (const [kind, value] of Object.entries(VALUES))
      if (!kind.startsWith('an empty object') && !kind.startsWith('an object'))
        await expect(
          Promise.resolve().then(() => subject.call(value)),
          kind,
        ).rejects.toBeDefined();
  });

  test('refuses what is misspelled or hidden', async () => {
    if (subject.table === KEY) return;
    for (const name of ['mod', 'audiences', 'Header', '__proto', 'constructor', Symbol('x')])
      await expect(
        Promise.resolve().then(() => subject.call({ ...subject.rest, [name]: 'x' })),
        String(name),
      ).rejects.toMatchObject({ code: 'RUN_AUTH_OPTION_INVALID', message: expect.stringContaining(String(name)) });
    const hidden = Object.defineProperty({ ...subject.rest }, 'hidden', { value: 'x', enumerable: false });
    await expect(Promise.resolve().then(() => subject.call(hidden))).rejects.toMatchObject(refused());
  });
});

test('no option is read twice: what passed the check is what is used', () => {
  let reads = 0;
  const options = {
    get url() {
      reads += 1;
      return reads === 1 ? 'https://a.example' : 'http://evil.example';
    },
  };
  expect(createServiceClient(options).origin).toBe('https://a.example');
  expect(reads).toBe(1);
});

test('a client of google-auth-library is an object with its methods', () => {
  for (const [kind, value] of Object.entries(VALUES))
    expect(() => authClient(value as never), kind).toThrow(expect.objectContaining(refused()));
});

test('an audience that is asked of a source is checked as one that is given', async () => {
  const source = applicationDefault();
  for (const value of [7, undefined, null, '', 'x&audience=y', 'x y', { toString: () => 'x' }])
    await expect(source.fetchIdToken(value as never)).rejects.toMatchObject({ code: 'RUN_AUTH_AUDIENCE_INVALID' });
});

test('every function that is exported stands in the table, or takes no options', () => {
  const guards = { ...fastifyIndex, ...nodeIndex, ...expressIndex, ...koaIndex, ...honoIndex, ...nestIndex };
  const exported = { ...index, ...inboundIndex, ...outboundIndex, ...grpcIndex, ...guards };
  const functions = Object.entries(exported).flatMap(([name, value]) =>
    typeof value === 'function' && !/^class\b/.test(String(value)) ? [name] : [],
  );
  const known = new Set([
    ...Object.keys(SUBJECTS).map((name) => name.split('(')[0]),
    'isRunAuthError',
    'allowedCallersFrom',
    'clearTokenCache',
    'Callers',
    'CurrentCaller',
    // Takes a client, which was made by the table's createServiceClient.
    'grpcChannel',
  ]);
  expect(functions.filter((name) => !known.has(name))).toEqual([]);
});

test('a table that lacks an option does not compile, nor rules that lack one or its being required', () => {
  interface Options {
    readonly one: string;
    readonly two?: string;
  }
  // @ts-expect-error two has no row
  const table: Table<Options> = { one: choice('x') };
  // @ts-expect-error two has no rule
  const rules: Rules<Options> = { one: required(TEXT) };
  // @ts-expect-error one must be said
  const optional: Rules<Options> = { one: TEXT, two: TEXT };
  expect([table, rules, optional]).toHaveLength(3);
});
