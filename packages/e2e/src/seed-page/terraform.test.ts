import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHcl } from '../deployment/parse-hcl.ts';
import { argumentFaults, blocksIn } from '../deployment/provider-arguments.ts';
import { terraformFolder } from '../deployment/terraform-module.ts';
import { applyTerraform } from './apply-terraform.ts';
import { type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const file = join(terraformFolder, 'examples', 'service-to-service', 'main.tf');

describe('The page: Terraform', () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await startReader();
    await applyTerraform(reader, file);
  }, 120_000);
  afterAll(() => reader[Symbol.asyncDispose]());

  const account = () => `cloud-run-interservice-id@${reader.cloud.project.id}.iam.gserviceaccount.com`;
  const get = (service: string, caller?: string) => {
    const { url } = reader.cloud.service(service);
    const token = caller === undefined ? undefined : reader.cloud.idToken(caller, url);
    return Promise.resolve(token).then((sent) =>
      fetch(url, { headers: sent === undefined ? {} : { authorization: `Bearer ${sent}` } }),
    );
  };

  test('the example uses arguments that the provider has', async () => {
    const blocks = [...blocksIn(await parseHcl(file, await readFile(file, 'utf8')))];
    expect(blocks.length).toBe(7);
    expect(blocks.flatMap(argumentFaults)).toEqual([]);
  });

  states('setup:terraform-public-service', () => {
    expect(reader.emailOf('public-service')).toBe(account());
    // The URL that the provider was told, which on this machine is the gate's.
    expect(reader.cloud.service('public-service').env.URL).toBe(reader.cloud.service('private-service').url);
  });

  states('setup:terraform-public-policy', async () => {
    const { status } = await get('public-service');
    expect(status).toBe(200);
    expect(reader.cloud.policies.read('services/public-service').bindings).toEqual([
      { role: 'roles/run.invoker', members: ['allUsers'] },
    ]);
  });

  states('setup:terraform-service-account', async () => {
    const { GOOGLE_OAUTH_ACCESS_TOKEN: token } = await reader.atTerminal();
    const path = `/v1/projects/${reader.cloud.project.id}/serviceAccounts/${account()}`;
    const shown = await fetch(reader.cloud.url + path, { headers: { authorization: `Bearer ${token}` } });
    expect(await shown.json()).toMatchObject({
      email: account(),
      displayName: 'cloud-run-interservice-id',
      description: 'Identity used by a public Cloud Run service to call private Cloud Run services.',
    });
  });

  states('setup:terraform-private-service', async () => {
    const answer = await get('private-service', 'public-service');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('This is <strong>private-service</strong>, revision private-service-00001-');
  });

  states('setup:terraform-private-policy', async () => {
    expect((await get('private-service')).status).toBe(403);
    expect((await get('private-service', 'stranger')).status).toBe(403);
    expect((await get('private-service', 'login')).status).toBe(403);
    expect((await get('private-service', 'public-service')).status).toBe(200);
  });
});
