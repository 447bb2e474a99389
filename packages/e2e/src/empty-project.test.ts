import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Running, runEdges } from './support/command-line.ts';
import { projectOf } from './support/repository.ts';
import { toolEnv } from './support/tool-env.ts';

/** Google's own, which the emulator has an app for. */
const image = 'us-docker.pkg.dev/cloudrun/container/hello';
const account = (id: string) => `${id}@run-edges-local.iam.gserviceaccount.com`;
const timeout = 120_000;

let folder: string;
let home: string;
let up: Running | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'run-edges-empty-'));
});
afterEach(async () => {
  up?.child.kill('SIGTERM');
  await up?.ended;
  for (const made of [folder, home]) rmSync(made, { recursive: true, force: true });
});

/** Where the command finds what it keeps for its user, wherever this machine's own would. */
const atHome = () => ({ HOME: home, XDG_CACHE_HOME: join(home, '.cache') });

/** `run-edges up --empty`, and whoever owns the project. */
async function start(...args: string[]): Promise<{ url: string; printed: string }> {
  const env = atHome();
  up = runEdges(['up', '--empty', '--port', '0', ...args], folder, { env });
  const printed = await up.printed('Press Ctrl-C');
  return { url: /Google's APIs: (\S+)/.exec(printed)?.[1] ?? '', printed };
}

async function owner(url: string): Promise<(method: string, path: string, body: object) => Promise<unknown>> {
  const { GOOGLE_OAUTH_ACCESS_TOKEN: token } = await toolEnv(
    ['--target', url, '--folder', join(home, 'env')],
    atHome(),
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async (method: string, path: string, body: object) => {
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    const answer = await response.text();
    expect(response.status, `${method} ${path}: ${answer}`).toBe(200);
    return JSON.parse(answer);
  };
  const serviceIds = ['run.googleapis.com', 'iam.googleapis.com'];
  await ask('POST', `${project}/services:batchEnable`, { serviceIds });
  return ask;
}

const project = '/v1/projects/run-edges-local';
const services = '/v2/projects/run-edges-local/locations/us-central1/services';

async function ready(url: string, names: readonly string[]): Promise<void> {
  for (;;) {
    const { services: listed } = (await (await fetch(`${url}/run-edges/v1/services`)).json()) as {
      services: { name: string; state: string }[];
    };
    if (names.every((name) => listed.some((one) => one.name === name && one.state === 'ready'))) return;
  }
}

test('a declaration without services is right there, and nothing is counted that is not', { timeout }, async () => {
  folder = projectOf('services: {}\n', {});
  const state = join(home, 'state');
  const { url, printed } = await start('--state', state);
  expect(printed).toContain('The project run-edges-local (number 100000000001, region us-central1) is empty.');
  expect(printed).not.toContain('address (gate)');
  const ask = await owner(url);
  for (const name of ['one', 'two'])
    await ask('POST', `${services}?serviceId=${name}`, { template: { containers: [{ image }] } });
  await ready(url, ['one', 'two']);
  up?.child.kill('SIGTERM');
  await up?.ended;

  const again = await start('--state', state);
  expect(again.printed).toContain('has what was deployed before: one, two.');
  expect(again.printed).not.toContain('is empty');
  const counts = [...(up?.told() ?? '').matchAll(/is ready \((\d+) of (\d+)\)/g)];
  expect(counts.map(([, ready]) => ready)).toEqual(['1', '2']);
  for (const [, ready, of] of counts) expect(Number(ready)).toBeLessThanOrEqual(Number(of));
});

test('elsewhere a declaration without services is refused, with what to write', async () => {
  folder = projectOf('services: {}\n', {});
  for (const command of ['up', 'check', 'diagram']) {
    const { code, stderr } = await runEdges([command], folder).ended;
    expect({ command, code }).toEqual({ command, code: 1 });
    expect(stderr).toContain('"services" is empty');
  }
});

test('what comes there by other ways is tried like what is declared, the stranger too', { timeout }, async () => {
  folder = projectOf('services:\n  front: { public: true, calls: [back] }\n  back: {}\n', {});
  const { url } = await start();
  const check = () => runEdges(['check', '--target', url, '--path', '/'], folder).ended;
  expect((await check()).stderr).toMatch(/knows no (?:front|back)\. Deploy (?:front|back) there/);

  const ask = await owner(url);
  for (const id of ['front-run', 'back-run']) await ask('POST', `${project}/serviceAccounts`, { accountId: id });
  for (const name of ['front', 'back'])
    await ask('POST', `${services}?serviceId=${name}`, {
      template: { serviceAccount: account(`${name}-run`), containers: [{ image }] },
    });
  await ready(url, ['front', 'back']);
  const invokers = { front: 'allUsers', back: `serviceAccount:${account('front-run')}` };
  for (const [name, member] of Object.entries(invokers))
    await ask('POST', `${services}/${name}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.invoker', members: [member] }] },
    });
  // Nobody has made the stranger yet: the mend says how.
  expect((await check()).stderr).toContain(
    'knows no stranger. Make its account, as run-edges deploy and Terraform do: gcloud iam service-accounts create stranger',
  );
  await ask('POST', `${project}/serviceAccounts`, { accountId: 'stranger' });
  const tried = await check();
  expect(tried.stdout, tried.stderr).toContain('All 8 verdicts are as declared.');
  expect(tried.code).toBe(0);
});
