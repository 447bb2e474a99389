import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toolEnv } from '../support/tool-env.ts';
import { type Output, runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { findToolchain } from './toolchain.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, changing policies', commands: ['gcloud'] });

const INVOKER = '--role=roles/run.invoker';
const callers = ['anonymous', 'login', 'user-profiles', 'search', 'stranger'];
const receivers = ['login', 'user-profiles', 'search'];

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  let env: Record<string, string>;
  beforeAll(async () => {
    small = await startSmallCloud();
    vi.stubEnv('RUN_EDGES_TOKEN', small.cloud.developerToken);
    const options = ['--target', small.cloud.url, '--folder', join(small.folder, 'developer')];
    env = { ...(await toolEnv(options)), HOME: small.folder };
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await small[Symbol.asyncDispose]();
  });

  const services = (...args: readonly string[]): Promise<Output> =>
    runProgram({ command: 'gcloud', args: ['run', 'services', ...args], env });
  async function change(verb: 'add' | 'remove', receiver: string, member: string): Promise<void> {
    const { code, stderr } = await services(`${verb}-iam-policy-binding`, receiver, `--member=${member}`, INVOKER);
    expect(code, stderr).toBe(0);
  }
  const memberOf = (name: string) =>
    `serviceAccount:${small.cloud.principals.find((one) => one.name === name)?.account.email}`;

  /** The status of every caller at every gate. */
  async function matrix(): Promise<Record<string, number>> {
    const cells = callers.flatMap((caller) => receivers.map((receiver) => [caller, receiver] as const));
    const statuses = cells.map(async ([caller, receiver]) => {
      const { url } = small.cloud.service(receiver);
      const token = caller === 'anonymous' ? undefined : await small.cloud.idToken(caller, url);
      const { status } = await fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
      return [`${caller} -> ${receiver}`, status] as const;
    });
    return Object.fromEntries(await Promise.all(statuses));
  }

  test('each binding that is added or removed changes exactly that cell at the gate', {
    tags: 'slow',
    timeout: 240_000,
  }, async () => {
    const declared = await matrix();
    expect(declared).toMatchObject({
      'login -> user-profiles': 200,
      'login -> search': 403,
      'anonymous -> search': 403,
    });

    await change('add', 'search', memberOf('login'));
    expect(await matrix()).toEqual({ ...declared, 'login -> search': 200 });
    await change('remove', 'search', memberOf('user-profiles'));
    expect(await matrix()).toEqual({ ...declared, 'login -> search': 200, 'user-profiles -> search': 403 });
    await change('add', 'user-profiles', memberOf('stranger'));
    expect(await matrix()).toEqual({
      ...declared,
      'login -> search': 200,
      'user-profiles -> search': 403,
      'stranger -> user-profiles': 200,
    });
    await change('remove', 'user-profiles', memberOf('stranger'));
    await change('add', 'search', memberOf('user-profiles'));
    await change('remove', 'search', memberOf('login'));
    expect(await matrix()).toEqual(declared);

    await change('remove', 'login', 'allUsers');
    expect(await matrix()).toEqual({
      ...declared,
      ...Object.fromEntries(callers.map((caller) => [`${caller} -> login`, 403])),
    });
    await change('add', 'login', 'allUsers');
    expect(await matrix()).toEqual(declared);
  });

  test('the image of Google’s first example runs, and is private until it is told otherwise', {
    timeout: 240_000,
  }, async () => {
    const { code, stderr } = await runProgram({
      command: 'gcloud',
      args: ['run', 'deploy', 'hello', '--image', 'us-docker.pkg.dev/cloudrun/container/hello'],
      env,
      timeout: 120_000,
    });
    expect(code, stderr).toBe(0);
    const { url } = small.cloud.service('hello');
    expect((await fetch(url)).status).toBe(403);
    await change('add', 'hello', 'allUsers');
    const page = await fetch(`${url}/any/path`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('This is <strong>hello</strong>, revision hello-00001-');

    const deleted = await services('delete', 'hello', '--quiet');
    expect(deleted.code, deleted.stderr).toBe(0);
    expect((await fetch(url)).status).toBe(404);
  });

  test('a configuration that run-edges env wrote is enough', { tags: 'slow', timeout: 60_000 }, async () => {
    const configuration = join(small.folder, 'configuration');
    const options = ['--target', small.cloud.url, '--folder', join(small.folder, 'developer')];
    const { CLOUDSDK_CONFIG = '' } = await toolEnv([...options, '--gcloud-config', configuration]);
    const alone = { PATH: process.env.PATH ?? '', HOME: small.folder, CLOUDSDK_CONFIG };
    const args = ['run', 'services', 'list', '--format=value(metadata.name)'];
    const { code, stdout, stderr } = await runProgram({ command: 'gcloud', args, env: alone });
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n').toSorted()).toEqual(receivers.toSorted());
  });

  test('a policy that somebody else changes meanwhile loses nobody’s binding', {
    tags: 'slow',
    timeout: 240_000,
  }, async () => {
    const { policies } = small.cloud;
    const ada = 'user:ada@example.com';
    const others: string[] = [];
    let ended = false;
    const attempt = services('add-iam-policy-binding', 'search', `--member=${ada}`, INVOKER).finally(() => {
      ended = true;
    });
    // Changes as fast as this machine lets them through: gcloud's write meets a policy that it has not read.
    while (!ended) {
      const other = `user:other-${others.length}@example.com`;
      policies.grant('services/search', 'roles/run.viewer', other);
      others.push(other);
      if (others.length > 1000) policies.revoke('services/search', 'roles/run.viewer', others.shift() ?? '');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { code, stderr } = await attempt;
    expect(code).toBe(1);
    expect(stderr).toContain('There were concurrent policy changes');

    await change('add', 'search', ada);
    const { bindings } = policies.read('services/search');
    const members = (role: string) => bindings.find((one) => one.role === role)?.members ?? [];
    expect(members('roles/run.invoker')).toEqual([memberOf('user-profiles'), ada]);
    expect(new Set(members('roles/run.viewer'))).toEqual(new Set(others));
  });
});
