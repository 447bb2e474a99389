import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DeclaringCloud, type DeclaringOptions, declaringCloud } from './declaring-cloud.ts';

async function clouds(edges: string, options: DeclaringOptions = {}): Promise<DeclaringCloud> {
  const made = await declaringCloud(edges, options);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const three = `
services:
  login: { calls: [user-profiles] }
  user-profiles: { calls: [search], env: { COLOUR: blue, SIZE: small } }
  search: {}
`;
const account = (name: string) => `serviceAccount:${name}-run@run-edges-local.iam.gserviceaccount.com`;
const invoker = 'roles/run.invoker';

interface Service {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly generation: number };
  readonly spec: {
    template: { metadata?: object; spec: { containers: { env: { name: string; value?: string }[] }[] } };
  };
}

/** The admin API as the owner asks it. */
async function owner({ cloud }: DeclaringCloud) {
  const body = new URLSearchParams({
    ...(await cloud.userCredentials('developer@example.com')),
    grant_type: 'refresh_token',
  });
  const given = await fetch(`${cloud.url}/token`, { method: 'POST', body });
  const { access_token: accessToken } = (await given.json()) as { access_token: string };
  const path = `${cloud.url}/apis/serving.knative.dev/v1/namespaces/run-edges-local/services`;
  return async (method: string, name: string, body?: object): Promise<Service> => {
    const response = await fetch(`${path}${name === '' ? '' : `/${name}`}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    expect(response.status, `${method} ${name}: ${answer}`).toBe(200);
    return JSON.parse(answer);
  };
}

const values = ({ spec }: Service) =>
  Object.fromEntries((spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));

async function recolour(made: DeclaringCloud, colour: string): Promise<void> {
  const ask = await owner(made);
  const service = await ask('GET', 'user-profiles');
  for (const one of service.spec.template.spec.containers[0]?.env ?? []) if (one.name === 'COLOUR') one.value = colour;
  await ask('PUT', 'user-profiles', service);
}

describe('what somebody changed since by an API', () => {
  test('stays in a policy where the file says nothing else; what the file adds and takes away counts', async () => {
    const { cloud, call, declare } = await clouds(three);
    cloud.policies.grant('services/search', invoker, account('login'));
    cloud.policies.revoke('services/user-profiles', invoker, account('login'));
    await declare(`${three}  mail: { calls: [search] }\n`);
    expect(await call('login', 'search')).toBe(200);
    expect(await call('login', 'user-profiles')).toBe(403);
    expect(await call('mail', 'search')).toBe(200);
    expect(await call('user-profiles', 'search')).toBe(200);
    await declare(three.replace('calls: [search], ', ''));
    expect(await call('user-profiles', 'search')).toBe(403);
    expect(await call('login', 'search')).toBe(200);
  });

  test('what the file grants that was granted by hand goes with the file', async () => {
    const { cloud, call, declare } = await clouds(three);
    cloud.policies.grant('services/search', invoker, account('login'));
    await declare(three.replace('calls: [user-profiles]', 'calls: [user-profiles, search]'));
    await declare(three);
    expect(await call('login', 'search')).toBe(403);
  });

  test('a condition that was set by hand is no grant of the file, and stays', async () => {
    const { cloud, call, declare } = await clouds(three);
    const condition = { title: 'night', expression: "request.path == '/'" };
    cloud.policies.grant('services/search', invoker, account('login'), condition);
    await declare(three.replace('calls: [user-profiles]', 'calls: [user-profiles, search]'));
    await declare(three);
    expect(await call('login', 'search')).toBe(200);
    expect(cloud.policies.read('services/search').bindings).toContainEqual(
      expect.objectContaining({ members: [account('login')], condition }),
    );
  });

  test('stays in a service, beside what the file changes of it', async () => {
    const made = await clouds(three);
    await recolour(made, 'red');
    const ask = await owner(made);
    expect(
      await made.declare(three.replace('SIZE: small', 'SIZE: large').replace('[search]', '[search, login]')),
    ).toEqual([]);
    const changed = await ask('GET', 'user-profiles');
    expect(values(changed)).toMatchObject({ COLOUR: 'red', SIZE: 'large', LOGIN_URL: expect.any(String) });
    expect(made.cloud.service('user-profiles').env).toMatchObject({ COLOUR: 'red', SIZE: 'large' });
    await made.declare(three.replace('COLOUR: blue', 'COLOUR: green'));
    expect(values(await ask('GET', 'user-profiles'))).toMatchObject({ COLOUR: 'green', SIZE: 'small' });
    expect(values(await ask('GET', 'user-profiles'))).not.toHaveProperty('LOGIN_URL');
  });

  test('a service that was deleted stays away while the file says the same of it', async () => {
    const made = await clouds(three);
    const ask = await owner(made);
    await ask('DELETE', 'search');
    await made.declare(three.replace('calls: [user-profiles]', 'calls: [user-profiles, search]'));
    expect(made.cloud.services.map(({ name }) => name)).not.toContain('search');
    await made.declare(three.replace('search: {}', 'search: { concurrency: 7 }'));
    expect(await made.call('user-profiles', 'search')).toBe(200);
  });

  test('http2 that was set by hand stays beside what the file changes, until the file says it', async () => {
    const made = await clouds(three);
    const ask = await owner(made);
    const search = await ask('GET', 'search');
    for (const one of search.spec.template.spec.containers) Object.assign(one, { ports: [{ name: 'h2c' }] });
    await ask('PUT', 'search', search);
    const http2 = () => made.cloud.service('search').frontEnd.http2;
    await made.declare(three.replace('search: {}', 'search: { concurrency: 7 }'));
    expect(http2()).toBe(true);
    await made.declare(three.replace('search: {}', 'search: { concurrency: 7, http2: true }'));
    expect(http2()).toBe(true);
    await made.declare(three.replace('search: {}', 'search: { concurrency: 7, http2: false }'));
    expect(http2()).toBe(false);
  });

  test('a service that was deployed by hand becomes the one of the file that names it', async () => {
    const made = await clouds(three);
    const ask = await owner(made);
    const search = await ask('GET', 'search');
    await made.declare(three.replace('  search: {}\n', '').replace('calls: [search], ', ''));
    const { apiVersion, kind, spec } = search;
    for (const one of spec.template.spec.containers) one.env = [{ name: 'COLOUR', value: 'grey' }];
    await ask('POST', '', { apiVersion, kind, metadata: { name: 'search', namespace: 'run-edges-local' }, spec });
    expect(await made.declare(three)).toEqual([]);
    expect(made.cloud.service('search').env).not.toHaveProperty('COLOUR');
    expect(await made.call('user-profiles', 'search')).toBe(200);
  });
});

describe('a state folder', () => {
  async function folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'run-edges-declare-'));
    onTestFinished(() => rm(made, { recursive: true, force: true }));
    return made;
  }
  const saved = async (stateDir: string) => JSON.parse(await readFile(join(stateDir, 'emulator.json'), 'utf8'));

  test('holds nothing of what the file says, however it came to say it', async () => {
    const stateDir = await folder();
    const made = await clouds(three, { stateDir });
    const last = three.replace('search: {}', 'search: { public: true, calls: [login] }');
    await made.declare(`${three}  mail: { calls: [search] }\n`);
    await made.declare(last);
    await made.cloud.stop();
    expect(await saved(stateDir)).toMatchObject({ services: [], policies: [] });
    const again = await clouds(last, { stateDir });
    expect(await again.allowed()).toEqual(await (await clouds(last)).allowed());
  });

  test('keeps what was changed by hand beside the last file', async () => {
    const stateDir = await folder();
    const made = await clouds(three, { stateDir });
    await recolour(made, 'red');
    made.cloud.policies.grant('services/search', invoker, account('login'));
    const last = three.replace('SIZE: small', 'SIZE: large').replace('search: {}', 'search: { calls: [login] }');
    expect(await made.declare(last)).toEqual([]);
    await made.cloud.stop();
    const again = await clouds(last, { stateDir });
    expect(again.cloud.service('user-profiles').env).toMatchObject({ COLOUR: 'red', SIZE: 'large' });
    expect(await again.call('login', 'search')).toBe(200);
    expect(await again.call('search', 'login')).toBe(200);
  });

  test('forgets what was changed by hand of what the file has no more', async () => {
    const stateDir = await folder();
    const made = await clouds(three, { stateDir });
    made.cloud.policies.grant('services/search', invoker, account('login'));
    await made.declare(three.replace('  search: {}\n', '').replace('calls: [search], ', ''));
    await made.declare(three);
    expect(await made.call('login', 'search')).toBe(403);
    await made.cloud.stop();
    const again = await clouds(three, { stateDir });
    expect(await again.call('login', 'search')).toBe(403);
  });

  test('that takes nothing any more: the declaration is refused, and all goes on as it was', async () => {
    const stateDir = await folder();
    const made = await clouds(`${three}external: { tax: { url: https://tax.example.net } }\n`, { stateDir });
    const { cloud, call, declare, allowed } = made;
    const before = [await allowed(), cloud.declaration];
    // Nothing can take the place of a folder that has something in it. What is being saved is saved before.
    await cloud.rotateKeys();
    rmSync(join(stateDir, 'emulator.json'));
    mkdirSync(join(stateDir, 'emulator.json', 'in-the-way'), { recursive: true });
    const next = `${three.replace('calls: [search], ', '').replace('search: {}', 'search: { calls: [tax] }')}  mail: { calls: [login] }
external: { tax: { url: https://tax.example.net } }
`;
    await expect(declare(next)).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    expect([await allowed(), cloud.declaration]).toEqual(before);
    expect(await call('user-profiles', 'search')).toBe(200);
    expect(await call('search', 'tax', 'https://tax.example.net')).toBe(403);

    await rm(join(stateDir, 'emulator.json'), { recursive: true });
    // A service that is up again was just being saved, perhaps: that takes along what is declared meanwhile.
    const declared = (): Promise<unknown> =>
      declare(next).catch((error) => (error.code === 'STATE_NOT_SAVED' ? declared() : Promise.reject(error)));
    expect(await declared()).toEqual([]);
    expect(await call('user-profiles', 'search')).toBe(403);
    expect(await call('search', 'tax', 'https://tax.example.net')).toBe(200);
    await cloud.stop();
    expect(await saved(stateDir)).toMatchObject({ services: [], policies: [] });
  });
});
