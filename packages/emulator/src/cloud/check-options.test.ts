import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { type GoogleSettings, resolveGoogleSettings } from '../google/google-settings.ts';
import type { WorkloadIdentityProvider } from '../iam/pools/workload-identity-provider.ts';
import type { Project } from '../identity/project.ts';
import { EmulatorError } from '../internal/errors.ts';
import type { FrontEnd } from '../run/gate/front-end.ts';
import type { InternalCallers } from '../run/gate/ingress.ts';
import { type GateSettings, resolveGateSettings } from '../run/gate/settings.ts';
import { type ExplainOptions, explainEdge } from '../watch/explain/explain-edge.ts';
import { createFaults, type FaultSettings } from '../watch/faults/faults.ts';
import { checkOptions } from './check-options.ts';
import type { EmulatorOptions } from './options.ts';
import { startEmulator } from './start-emulator.ts';

const declaration = parseDeclaration('services: { up: { calls: [down] }, down: {} }', 'edges.yaml');

/** What environments, command lines and untyped programs give where something else is meant. */
const anything = {
  'no value': null,
  'not a number': Number.NaN,
  'an endless number': Number.POSITIVE_INFINITY,
  'a number below': -1,
  'a broken number': 1.5,
  'a large number': 2 ** 53,
  'a symbol': Symbol.iterator,
  'an object': { a: 1 },
  'a list': [1],
} as const;
const number = { zero: 0, one: 1 } as const;
const text = { 'an empty text': '', 'a number as text': '300', 'a flag as text': 'false' } as const;
const flag = { yes: true, no: false } as const;
const call = { 'a function': () => 1 } as const;

const notFlag = Object.values({ ...anything, ...number, ...text, ...call });
const notNumber = Object.values({ ...anything, ...text, ...flag, ...call });
const notText = ['', ...Object.values({ ...anything, ...number, ...flag, ...call })];
const notTexts = [
  ...Object.values({ ...anything, ...number, ...text, ...flag, ...call }),
  [''].concat([null as never]),
];
const notCall = Object.values({ ...anything, ...number, ...text, ...flag });
const notRecord = [null, 1, 'x', true, [], call['a function']];

/** For each option what it cannot be. An option without a row is an error of the compiler. */
type Wrong<T> = { readonly [Name in keyof Required<T>]: readonly unknown[] };

const options: Wrong<EmulatorOptions> = {
  edges: ['', null, 1, true, [], {}, { services: [] }, { file: 'a', services: [{ name: 'up' }] }],
  host: notText,
  names: [...notTexts, [''], 'localhost'],
  port: [65_536, ...notNumber],
  metadataPort: [65_536, ...notNumber],
  networks: [...notRecord, {}, { port: 0 }, { port: '80' }, { port: 80, more: 1 }, { port: 80, trust: 1 }],
  project: [...notRecord, {}, { id: 'p' }],
  deployed: notFlag,
  learn: notFlag,
  images: [...notRecord, { a: 1 }, { a: '' }, { a: null }],
  fronts: [...notRecord, { a: 1 }, { a: 'localhost:1' }, { a: 'ftp://a' }, { a: 'http://' }],
  env: [...notRecord, { a: 1 }, { a: { B: 1 } }, { a: ['B'] }, { a: null }],
  gate: notRecord,
  google: notRecord,
  groups: ['', null, 1, [], { 'a@b': 'user:a@b' }, { 'a@b': [undefined] }, { 'a@b': [['user:a@b']] }, { 'a@b': ['x'] }],
  developerToken: ['x'.repeat(31), 'x'.repeat(1001), ' '.repeat(40), ...notText],
  owners: [...notTexts, 'user:a@b', ['ada@example.com'], ['owner:a@b']],
  faults: notRecord,
  workloadIdentityProviders: ['', null, 1, {}, [null], ['x']],
  stateDir: notText,
  addresses: ['', 'https', ...notText],
  passThrough: notFlag,
  isolation: ['', 'all', ...notText],
  startTimeout: [0, ...notNumber],
  scaleToZero: [0, ...notNumber],
  stopGrace: notNumber,
  now: notCall,
  signal: [...notCall, new AbortController()],
  onLog: notCall,
  onFaults: notCall,
  onWarning: notCall,
  onState: notCall,
};

const project: Wrong<Project> = {
  id: ['A', '1a', 'a b', 'a/b', ...notText, '300'],
  number: ['one', '-1', ...notText],
  region: ['us central', 'US', ...notText],
};
const goodProject: Project = { id: 'my-project', number: '1', region: 'r' };

const provider: Wrong<WorkloadIdentityProvider> = {
  pool: ['A', ...notText],
  provider: ['a', ...notText],
  issuer: ['issuer', ...notText],
  jwks: ['https://a.example', null, 1, {}, { keys: 1 }],
  allowedAudiences: [null, 'a', [1], {}],
  attributes: [null, 'a', ['a'], { a: 1 }],
  groups: [null, 1, ['a']],
  condition: [null, 1, {}, ['true']],
};
const goodProvider: WorkloadIdentityProvider = {
  pool: 'pool',
  provider: 'provider',
  issuer: 'https://a.example',
  jwks: { keys: [] },
};

const gate: Wrong<GateSettings> = {
  stripAuthorization: ['ever', ...notFlag],
  serverlessScheme: ['even', ...notText],
  forwardedProto: ['http', ...notText],
  requestTimeout: [0, 3_600_001, ...notNumber],
  headersTimeout: [0, 600_001, ...notNumber],
  queueWait: [600_001, ...notNumber],
  maxRequestBytes: notNumber,
  maxResponseBytes: notNumber,
  maxHeaderBytes: [0, 1_048_577, ...notNumber],
  expiryLeeway: [3601, ...notNumber],
  clockSkew: [3601, ...notNumber],
  audiencePaths: notFlag,
  reservedPaths: notTexts,
  hideFromUsers: notFlag,
  internal: notRecord,
  services: [...notRecord, { up: null }, { up: 1 }, { up: 'x' }],
};
const internal: Wrong<InternalCallers> = { projectTokens: notFlag, networks: notTexts, loadBalancers: notTexts };
const frontEnd: Wrong<FrontEnd> = {
  ingress: ['none', ...notText],
  customAudiences: notTexts,
  tags: notTexts,
  invokerIamDisabled: notFlag,
  defaultUrlDisabled: notFlag,
  http2: notFlag,
  concurrency: [0, 1001, ...notNumber],
  maxInstances: [0, 1001, ...notNumber],
  requestTimeout: [0, 3_600_001, ...notNumber],
};
const google: Wrong<GoogleSettings> = {
  wrongFlavorStatus: [200, ...notNumber],
  identityType: ['text/plain', ...notText],
  cacheIdTokens: notFlag,
  assertionSkew: [3601, ...notNumber],
  domainRestrictedSharing: notFlag,
  newProjectDefaults: ['owner', ...notText],
};
const faults: Wrong<FaultSettings> = {
  metadataDelay: [600_001, ...notNumber],
  metadataDown: notFlag,
  metadataStatus: [600, ...notNumber],
  certsDown: notFlag,
  clockSkew: [86_401, -86_401, ...notNumber.filter((value) => value !== -1)],
  rubbishTokens: notFlag,
  expiredTokens: notFlag,
  wrongAudience: notFlag,
  policyDelay: [3601, ...notNumber],
};
const explain: Wrong<ExplainOptions> = {
  project: notRecord,
  urlsOf: notCall,
  edges: [null, 1, 'x', {}],
  read: notTexts,
  invokers: notTexts,
  conditional: notFlag,
  emailOf: notCall,
  token: notText.filter((value) => value !== ''),
  now: [null, Number.NaN, Number.POSITIVE_INFINITY, '300', true],
};

/** A row for each wrong value, and what is called with it. */
function rows(wrong: Readonly<Record<string, readonly unknown[]>>, use: (given: never) => unknown) {
  return Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value): [string, unknown, () => unknown] => [name, value, () => use({ [name]: value } as never)]),
  );
}

describe.each([
  ['startEmulator', rows(options, (given: object) => checkOptions({ edges: declaration, ...given }))],
  [
    'project',
    rows(project, (given: object) => checkOptions({ edges: declaration, project: { ...goodProject, ...given } })),
  ],
  [
    'workloadIdentityProviders',
    rows(provider, (given: object) =>
      checkOptions({ edges: declaration, workloadIdentityProviders: [{ ...goodProvider, ...given }] }),
    ),
  ],
  ['gate', rows(gate, resolveGateSettings)],
  ['gate.internal', rows(internal, (given: object) => resolveGateSettings({ internal: given }))],
  ['gate.services', rows(frontEnd, (given: object) => resolveGateSettings({ services: { up: given } }))],
  ['google', rows(google, resolveGoogleSettings)],
  ['faults', rows(faults, (given: object) => createFaults(given, () => undefined))],
  ['explainEdge', rows(explain, (given: object) => explainEdge(declaration, 'up', 'down', given))],
] as const)('options of %s', (_what, wrong) => {
  test.each(wrong)('%s cannot be %o', (name, _value, use) => {
    const refused = refusalOf(use);
    expect(refused).toMatchObject({ code: expect.stringMatching(/_INVALID$/) });
    expect(refused?.message).toContain(name === 'edges' ? '' : name);
  });
});

function refusalOf(use: () => unknown): Error | undefined {
  try {
    use();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

test('what is right is taken, and what is undefined is not given', () => {
  checkOptions({ edges: 'edges.yaml' });
  checkOptions({ edges: declaration, port: undefined, now: undefined } as never);
  checkOptions({
    edges: declaration,
    host: '0.0.0.0',
    names: ['devbox'],
    port: 0,
    networks: { port: 80, trust: '/trust' },
    addresses: 'production',
    project: goodProject,
    images: { a: 'apps/a' },
    fronts: { up: 'http://127.0.0.1:1' },
    env: { up: { A: '' } },
    groups: { 'team@example.com': ['user:ada@example.com'] },
    owners: ['user:ada@example.com', 'group:team@example.com'],
    workloadIdentityProviders: [{ ...goodProvider, jwks: new URL('https://a.example') }],
    stopGrace: 0,
    now: () => 0,
    signal: AbortSignal.abort(),
  });
});

test.each([
  [{ networks: { port: 80, trust: '/trust' } }, /networks\.trust is for production addresses/],
  [{ networks: { port: 80, trust: '/trust' }, addresses: 'local' }, /networks\.trust is for production addresses/],
  [{ passThrough: true }, /passThrough is for production addresses/],
  [
    { networks: { port: 80 }, addresses: 'production', passThrough: true },
    /passThrough is for programs that ask by a proxy/,
  ],
] as const)('what does not go together is refused with what mends it: %j', (options, message) => {
  expect(() => checkOptions({ edges: declaration, ...options })).toThrow(
    expect.objectContaining({
      code: 'SETTING_INVALID',
      message: expect.stringMatching(message),
      mend: expect.stringMatching(/^Leave it out, or /),
    }),
  );
});

test('an option that there is none of is refused with those that there are', async () => {
  for (const given of [{ prot: 1 }, { constructor: 1 }, { toString: 1 }, { onlog: () => undefined }])
    await expect(startEmulator({ edges: declaration, ...given } as never)).rejects.toThrow(/There is no option "\w+"/);
  for (const given of [undefined, null, 'edges.yaml', []])
    await expect(startEmulator(given as never)).rejects.toThrow(EmulatorError);
});

test('parameters of a running cloud are checked, too', async () => {
  await using cloud = await startEmulator({
    edges: declaration,
    fronts: { up: 'http://127.0.0.1:9', down: 'http://127.0.0.1:9' },
  });
  const invalid = { code: 'SETTING_INVALID' };
  const [first] = (await keysOf(cloud.url)).keys;
  for (const withdraw of notFlag) await expect(cloud.rotateKeys({ withdraw } as never)).rejects.toMatchObject(invalid);
  await expect(cloud.rotateKeys({ withdrawn: true } as never)).rejects.toMatchObject(invalid);
  expect((await keysOf(cloud.url)).keys[0]).toEqual(first);
  for (const value of notText) {
    await expect(cloud.idToken('up', value as never)).rejects.toMatchObject(invalid);
    await expect(cloud.userCredentials(value as never)).rejects.toMatchObject(invalid);
  }
  for (const [name, values] of Object.entries(frontEnd))
    for (const value of values)
      expect(() => cloud.service('down').configure({ [name]: value })).toThrow(expect.objectContaining(invalid));
  for (const value of notRecord) expect(() => cloud.service('down').configure(value as never)).toThrow(EmulatorError);
});

async function keysOf(url: string): Promise<{ keys: object[] }> {
  return (await fetch(`${url}/oauth2/v3/certs`)).json() as Promise<{ keys: object[] }>;
}

test('a policy takes bindings and nothing else', async () => {
  await using cloud = await startEmulator({ edges: declaration, deployed: false });
  const { policies } = cloud;
  const role = 'roles/run.invoker';
  const refused = expect.objectContaining({ status: 'INVALID_ARGUMENT' });
  for (const resource of ['down', '', 'services', 'services/', 'service/down', 'projects/p', '__proto__', null, 1])
    expect(() => policies.grant(resource as never, role, 'allUsers')).toThrow(refused);
  for (const bindings of [
    null,
    'x',
    {},
    [null],
    ['x'],
    [{ role }],
    [{ members: [] }],
    [{ role, members: 'allUsers' }],
    [{ role, members: [1] }],
    [{ role: 1, members: [] }],
    [{ role, members: [], condition: 'true' }],
    [{ role, members: [], condition: { expression: 'true' } }],
  ])
    expect(() => policies.write('services/down', { bindings: bindings as never, version: 3 })).toThrow(refused);
  expect([...policies.entries()].map(([resource]) => resource)).toEqual(['project']);
});
