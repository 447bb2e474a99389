import { request } from 'node:http';
import { join } from 'node:path';
import { ANONYMOUS, type Cell, type Declaration, matrix, readDeclaration } from '@run-edges/edges';
import { type Cloud, type ListedCaller, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEdges } from './support/command-line.ts';
import { projectOf } from './support/repository.ts';

const pool = 'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools';

/** Every kind of caller, and every way in which an edge can be limited. */
const edges = `services:
  front: { public: true, calls: [search] }
  search: { calls: [search] }
  admin: { serviceAccount: shared-run }
  twin: { serviceAccount: shared-run, calls: [search] }
  ledger: {}
jobs:
  nightly: { calls: [search] }
workerPools:
  mailer: { calls: [ledger] }
principals:
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [search] }
  scheduler: { member: "serviceAccount:service-123456789012@gcp-sa-cloudscheduler.iam.gserviceaccount.com", calls: [ledger] }
  oncall: { member: "user:ada@example.org", calls: [admin, payments] }
  support: { member: "group:support@example.com", calls: [admin] }
  staff: { member: "domain:example.com", calls: [ledger] }
  eve: { member: "user:eve@example.com" }
  lapsed: { member: "user:old@example.org", calls: [{ to: ledger, until: 2020-01-31 }] }
  deployer: { member: "principal://${pool}/gh/subject/repo:acme/app:ref:refs/heads/main", calls: [search] }
  ci: { member: "principalSet://${pool}/gh/attribute.repository/acme/app", calls: [{ to: search, paths: [/search/*, /version], until: 2099-12-31 }] }
  crew: { member: "principalSet://${pool}/gh/group/ops", calls: [{ to: ledger, until: 2099-12-31 }] }
  cluster: { member: "principalSet://${pool}/acme.svc.id.goog/namespace/web", calls: [ledger] }
  pooled: { member: "principalSet://${pool}/other/*", calls: [admin, payments] }
external:
  payments: { url: https://payments-1.europe-west1.run.app, audience: https://payments.example.com }
`;

/** Says how many requests it has received. */
const app = `import { createServer } from 'node:http';
let requests = 0;
let live = 0;
createServer((request, response) => {
  requests++;
  if (request.url === '/health/live') live++;
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ requests, live, url: request.url }));
}).listen(process.env.PORT);
`;
const program = { program: app };
const waits = { program: 'setInterval(() => undefined, 60_000);\n' };

let declaration: Declaration;
let cloud: Cloud;
let callers: readonly ListedCaller[];
let file: string;
beforeAll(async () => {
  const services = { front: program, search: program, admin: program, twin: program, ledger: program };
  file = join(projectOf(edges, { ...services, nightly: waits, mailer: waits }), 'infra', 'edges.yaml');
  declaration = readDeclaration(file);
  cloud = await startEmulator({ edges: declaration });
  ({ callers } = await jsonOf<{ callers: readonly ListedCaller[] }>(fetch(`${cloud.url}/run-edges/v1/callers`)));
});
afterAll(() => cloud.stop());

async function jsonOf<T>(asked: Promise<Response>): Promise<T> {
  return (await (await asked).json()) as T;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** As its bytes are: a URL would be tidied up. */
function get(receiver: string, path: string, token: string | undefined): Promise<Answer> {
  const { hostname, port } = new URL(placeOf(receiver).url);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
    });
    asked.on('error', reject).end();
  });
}

/** A service, or what stands in for a receiver of others. */
function placeOf(receiver: string): { readonly url: string; readonly containerUrl: string | undefined } {
  return cloud.external.find(({ name }) => name === receiver) ?? cloud.service(receiver);
}

function asDeveloper(name: string, audience: string): Promise<Response> {
  return fetch(`${cloud.url}/run-edges/v1/callers/${name}/id-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.developerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ audience }),
  });
}

/** As the caller gets it: of its metadata server, where it has one. */
async function tokenOf(name: string, audience: string): Promise<string | undefined> {
  if (name === ANONYMOUS) return undefined;
  const caller = callers.find((one) => one.name === name);
  if (caller?.how !== 'metadata-server') return (await jsonOf<{ token: string }>(asDeveloper(name, audience))).token;
  const { principals } = cloud;
  const principal = principals.find((one) => one.name === name);
  const at = `http://${principal?.metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity`;
  const url = `${at}?audience=${encodeURIComponent(audience)}`;
  return (await fetch(url, { headers: { 'metadata-flavor': 'Google' } })).text();
}

async function call({ caller, receiver }: Pick<Cell, 'caller' | 'receiver'>, path: string): Promise<Answer> {
  return get(receiver, path, await tokenOf(caller, audienceOf(receiver)));
}

function audienceOf(receiver: string): string {
  return cloud.external.find(({ name }) => name === receiver)?.audience ?? cloud.service(receiver).url;
}

/** Every request that a container has received, this one included; a stand-in counts those for this path. */
async function seen(receiver: string): Promise<number> {
  const { containerUrl } = placeOf(receiver);
  const { requests, live } = await jsonOf<{ requests?: number; live: number }>(fetch(`${containerUrl}/health/live`));
  return requests ?? live;
}

/** Refused by the gate, and the container has heard nothing. */
async function refused(cell: Pick<Cell, 'caller' | 'receiver'>, path: string): Promise<void> {
  const before = await seen(cell.receiver);
  const { status, body } = await call(cell, path);
  expect(`${path}: ${status}`).toBe(`${path}: 403`);
  expect(body).toContain('<h1>Error: Forbidden</h1>');
  expect(await seen(cell.receiver)).toBe(before + 1);
}

test('the matrix is right for each kind of caller', () => {
  const allowed = matrix(declaration).filter(
    ({ expected, receiver }) => expected === 'allowed' && receiver !== 'front',
  );
  expect(allowed.map(({ caller, receiver }) => `${caller} -> ${receiver}`)).toEqual([
    'front -> search',
    'search -> search',
    'admin -> search',
    'twin -> search',
    'nightly -> search',
    'mailer -> ledger',
    'billing -> search',
    'scheduler -> ledger',
    'oncall -> admin',
    'oncall -> payments',
    'support -> admin',
    'staff -> ledger',
    'eve -> ledger',
    'deployer -> search',
    'ci -> search',
    'crew -> ledger',
    'cluster -> ledger',
    'pooled -> admin',
    'pooled -> payments',
  ]);
  const kinds = callers.map(({ name, kind, how }) => `${name}: ${kind}, ${how}`);
  expect(kinds).toEqual([
    ...['front', 'search', 'admin', 'twin', 'ledger'].map((name) => `${name}: service, metadata-server`),
    'nightly: job, metadata-server',
    'mailer: workerPool, metadata-server',
    ...['billing', 'scheduler'].map((name) => `${name}: principal, account`),
    ...['oncall', 'support', 'staff', 'eve', 'lapsed'].map((name) => `${name}: principal, user`),
    ...['deployer', 'ci', 'crew', 'cluster', 'pooled'].map((name) => `${name}: principal, federation`),
    'stranger: stranger, metadata-server',
  ]);
});

test('every allowed cell reaches the container, every forbidden one is a 403 of the gate that does not', async () => {
  for (const cell of matrix(declaration)) {
    if (cell.expected === 'forbidden') await refused(cell, '/health/live');
    else expect((await call(cell, cell.path ?? '/health/live')).status, `${cell.caller} -> ${cell.receiver}`).toBe(200);
  }
});

describe('an edge that is limited to paths', () => {
  const cell = { caller: 'ci', receiver: 'search' };

  test.each(['/search/', '/search/x?y=/z', '/search//x', '/version'])('lets %s in', async (path) => {
    expect((await call(cell, path)).status).toBe(200);
  });

  test.each([
    ...[
      '/',
      '/search',
      '/SEARCH/x',
      '/searches/x',
      '//search/x',
      '/%73earch/x',
      '/search%2Fx',
      '/version/',
      '/version%00',
    ],
    ...['/search/../admin', '/search/%2e%2e/admin', '/search/..%2fadmin', '/search/.%2E', '/search/x/..\\admin'],
    ...['/x?/search/', '/;/search/x', '/version;x'],
  ])('refuses %s', async (path) => {
    await refused(cell, path);
  });
});

test('a decision names the declared caller, and who came in for it', async () => {
  await call({ caller: 'support', receiver: 'admin' }, '/');
  expect(cloud.decisions.list().at(-1)?.caller).toBe(
    'support (member@support.example.com.invalid, in group:support@example.com)',
  );
  for (const [caller, receiver] of [
    ['oncall', 'admin'],
    ['billing', 'search'],
    ['ci', 'ledger'],
  ] as const) {
    await call({ caller, receiver }, '/');
    expect(cloud.decisions.list().at(-1)?.caller).toBe(caller);
  }
});

test('explain knows every kind, and asks what was meant', async () => {
  const support = await runEdges(['explain', 'support', 'ledger', '--edges', file, '--target', cloud.url]).ended;
  expect(support.stdout).toContain('support is group:support@example.com');
  expect(support.stdout).toContain('add ledger to the calls of principals.support in');
  const wrong = await runEdges(['explain', 'suport', 'ledgers', '--edges', file]).ended;
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('Did you mean "support"? Did you mean "ledger"?');
});

test('check tries all of it, and says whom it tried', async () => {
  const { ended } = runEdges(['check', '--edges', file, '--json']);
  const { code, stdout, stderr } = await ended;
  expect(stderr).not.toContain('Could not');
  const tried = JSON.parse(stdout) as {
    caller: string;
    receiver: string;
    actual: string;
    expected: string;
    reason: string;
  }[];
  expect(tried.filter(({ actual, expected }) => actual !== expected)).toEqual([]);
  expect(code).toBe(0);
  const reasonOf = (caller: string, receiver: string) =>
    tried.find((one) => one.caller === caller && one.receiver === receiver)?.reason;
  expect(reasonOf('ci', 'search')).toMatch(/outside its paths, at \/health\/live: 403 forbidden$/);
  expect(reasonOf('support', 'ledger')).toContain(
    'tried as member@support.example.com.invalid, who is in group:support@example.com',
  );
});
