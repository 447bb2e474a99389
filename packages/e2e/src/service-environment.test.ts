import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './real-clients/run-program.ts';
import { type Running, runEdges } from './support/command-line.ts';
import { projectOf } from './support/repository.ts';

/** Says what its environment is, and nothing else. */
const program = `import { createServer } from 'node:http';
createServer((_, response) => response.end(JSON.stringify(process.env))).listen(Number(process.env.PORT));`;

const declaration = `services:
  shop:
    public: true
    calls: [user-profiles]
    env:
      UPSTREAM: "\${services.user-profiles.url}/v1"
      OWN: "\${services.shop.url}"
      TEXT: "$\${services.shop.url}"
      ODD: "it's \\"$(touch canary)\\" \`touch canary\` \\\\ \\n ü"
      ENV: production
  user-profiles: { calls: [ledger], env: { LOG_LEVEL: debug } }
  ledger: { env: { PATH_TO: here, BASH_ENV: x } }
`;

/** What \`up\` gives that is a process's, a machine's or a shell's own: not the service's. */
const own = [
  ...['PORT', 'PATH', 'HOME', 'CLOUDSDK_CONFIG', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'],
  ...['PWD', 'OLDPWD', '_', 'SHLVL', 'BASH_ENV'],
];
/** What points gcloud and Terraform at the emulator, beside it. */
const tools = /^(?:CLOUDSDK_\w+|GOOGLE_\w+_CUSTOM_ENDPOINT|GOOGLE_(?:PROJECT|REGION))$/;

let folder: string;
let up: Running;
let api: string;
beforeAll(async () => {
  folder = projectOf(
    declaration,
    Object.fromEntries(['shop', 'user-profiles', 'ledger'].map((name) => [name, { program }])),
  );
  const args = [
    'up',
    '--port',
    '0',
    '--env',
    'shop.FROM_THE_FLAG=a b',
    '--env',
    'ledger.LOG_LEVEL=warn',
    '--people',
    '0',
  ];
  up = runEdges(args, folder, { env: { DEVELOPERS_OWN: 'secret', LEDGER_URL: 'left over' } });
  const printed = await up.printed('Press Ctrl-C');
  api = /Google's APIs: (\S+)/.exec(printed)?.[1] ?? '';
});
afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
  rmSync(folder, { recursive: true, force: true });
});

async function environment(name: string, as?: string): Promise<Record<string, string>> {
  const { services } = await ask<{ services: { name: string; url: string; metadataHost: string }[] }>(
    `${api}/run-edges/v1/services`,
  );
  const at = (service: string) => services.find((one) => one.name === service);
  const url = at(name)?.url ?? '';
  if (as === undefined) return ask(url);
  const identity = `http://${at(as)?.metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${url}`;
  const token = await (await fetch(identity, { headers: { 'metadata-flavor': 'Google' } })).text();
  return ask(url, { authorization: `Bearer ${token}` });
}

async function ask<T>(url: string, headers: Record<string, string> = {}): Promise<T> {
  return (await (await fetch(url, { headers })).json()) as T;
}

/** What a shell holds that evaluated it, with something left over of another service. */
async function evaluated(service: string): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await runEdges(['env', service, '--target', api], folder).ended;
  expect(code, stderr).toBe(0);
  const cwd = join(folder, 'shell');
  mkdirSync(cwd, { recursive: true });
  const script = `eval "$1"; "$2" -p 'JSON.stringify(process.env)'`;
  const env = {
    PATH: process.env.PATH ?? '',
    LEDGER_URL: 'left over',
    ALLOWED_CALLERS: 'left over',
    RUN_EDGES_TOKEN: "the developer's",
    GOOGLE_OAUTH_ACCESS_TOKEN: "the developer's",
  };
  const shell = await runProgram({ command: 'sh', args: ['-c', script, 'sh', stdout, process.execPath], cwd, env });
  return JSON.parse(shell.stdout);
}

describe('run-edges env SERVICE', () => {
  test.each([
    ['shop', undefined],
    ['user-profiles', 'shop'],
    ['ledger', 'user-profiles'],
  ])('gives what up gives %s, and takes away what it has not', async (service, caller) => {
    const real = await environment(service, caller);
    const given = await evaluated(service);
    const without = (env: Record<string, string>, left: (name: string) => boolean) =>
      Object.fromEntries(Object.entries(env).filter(([name]) => !left(name)));
    const isOwn = (name: string) => own.includes(name);
    expect(without(given, (name) => isOwn(name) || tools.test(name))).toEqual(without(real, isOwn));
    expect(real).toMatchObject({ K_SERVICE: service, GOOGLE_CERTS_URL: `${api}/oauth2/v3/certs` });
  });

  test('with the URLs that the declaration names as they are here, and text as it is', async () => {
    const { USER_PROFILES_URL: profiles, SERVICE_URL: shop, ...given } = await evaluated('shop');
    expect(given).toMatchObject({
      UPSTREAM: `${profiles}/v1`,
      OWN: shop,
      TEXT: `\${services.shop.url}`,
      FROM_THE_FLAG: 'a b',
      ENV: 'production',
    });
    expect(profiles).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(given).not.toHaveProperty('LEDGER_URL');
  });

  test('leaves out what would change the shell itself, and says so', async () => {
    const { stdout, stderr } = await runEdges(['env', 'ledger', '--target', api], folder).ended;
    expect(stdout).not.toContain('BASH_ENV');
    expect(stderr).toContain('BASH_ENV');
  });

  test('the stranger has an identity and no service’s variables', async () => {
    const stranger = await evaluated('stranger');
    expect(stranger).toMatchObject({ GCE_METADATA_HOST: expect.any(String) });
    for (const name of ['K_SERVICE', 'SERVICE_URL', 'ALLOWED_CALLERS', 'LEDGER_URL', 'RUN_EDGES_TOKEN'])
      expect(stranger).not.toHaveProperty(name);
  });

  test('is told to nobody without the developer’s token, and to no service', async () => {
    for (const authorization of ['', 'Bearer x', `Bearer ${'x'.repeat(43)}`]) {
      const answer = await fetch(`${api}/run-edges/v1/environments?nonce=${'n'.repeat(22)}`, {
        headers: { authorization },
      });
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain('K_SERVICE');
    }
  });
});
