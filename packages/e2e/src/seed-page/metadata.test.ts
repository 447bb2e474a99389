import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { curl, expectLogin } from './calls.ts';
import { fill, type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const { title, missing } = await findToolchain({ name: 'The page: the metadata server', commands: ['bash', 'curl'] });

const ASK = `curl "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=AUDIENCE" \\
     -H "Metadata-Flavor: Google"`;
const ROOT = 'http://metadata.google.internal/computeMetadata/v1';

describe.skipIf(missing)(title, () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await startReader();
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  const ask = async (audience: string) =>
    (await reader.bash(fill(ASK, { AUDIENCE: audience }), await reader.inside('login'))).stdout;

  states('metadata:curl', async () => {
    const env = await reader.inside('login');
    await expectLogin(reader, async (url, audience) =>
      curl(reader, url, { headers: [`Authorization: Bearer ${await ask(audience)}`], env }),
    );
  });

  states('metadata:custom-audience', async () => {
    const url = reader.urlOf('user-profiles');
    expect(decodeJwt(await ask(url)).aud).toBe(url);
    const custom = 'https://profiles.example.com';
    const token = await ask(custom);
    expect(decodeJwt(token).aud).toBe(custom);
    const call = async () => {
      const headers = [`Authorization: Bearer ${token}`];
      return (await curl(reader, url, { headers, env: await reader.inside('login') })).status;
    };
    expect(await call()).toBe(401);
    reader.cloud.service('user-profiles').configure({ customAudiences: [custom] });
    expect(await call()).toBe(200);
  });

  states('metadata:root', async () => {
    const get = async (path: string) => {
      const command = `curl -sSf "${ROOT}${path}" -H "Metadata-Flavor: Google"`;
      return (await reader.bash(command, await reader.inside('login'))).stdout;
    };
    expect((await get('/')).split('\n')).toEqual(expect.arrayContaining(['instance/', 'project/']));
    expect(await get('/project/project-id')).toBe(reader.cloud.project.id);
    expect(await get('/instance/service-accounts/default/email')).toBe(reader.emailOf('login'));
  });

  states('metadata:header', async () => {
    const env = await reader.inside('login');
    const status = async (...headers: string[]) => {
      const url = `${ROOT}/instance/service-accounts/default/email`;
      const options = headers.map((header) => `-H '${header}'`).join(' ');
      return (await reader.bash(`curl -sS -o /dev/null -w '%{http_code}' ${options} ${url}`, env)).stdout;
    };
    expect(await status()).toBe('403');
    expect(await status('Metadata-Flavor: Amazon')).not.toBe('200');
    expect(await status('Metadata-Flavor: Google')).toBe('200');
  });

  states('metadata:outside', async () => {
    const command = `${fill(ASK, { AUDIENCE: reader.urlOf('user-profiles') })} -sS -o /dev/null -w '%{http_code}' || true`;
    // The name leads nowhere there. Here it must not lead to a metadata server of the machine that runs the tests.
    const { http_proxy } = await reader.inside('login');
    const env = { ...(await reader.outside()), http_proxy: http_proxy?.replace(/:\d+$/, ':9') ?? '' };
    expect((await reader.bash(command, env)).stdout).toBe('000');
  });
});
