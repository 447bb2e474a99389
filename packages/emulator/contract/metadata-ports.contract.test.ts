import { expect, test } from 'vitest';
import { emailOf, isReady, knative, namespace, preparedCloud, project } from './admin-cloud.ts';
import { freePorts } from './free-ports.ts';

const services = `${namespace}/services`;
const accounts = `/v1/projects/${project}/serviceAccounts`;

const metadata = async (host: string, path: string) => {
  const response = await fetch(`http://${host}/computeMetadata/v1/instance/service-accounts/default/${path}`, {
    headers: { 'Metadata-Flavor': 'Google' },
  });
  return response.text();
};

test('an account that was deleted and made again has the metadata server’s port, and the old one’s is gone', async () => {
  const metadataPort = await freePorts(3);
  await using admin = await preparedCloud({ metadataPort });
  const hostOf = (name: string) => admin.cloud.service(name).listed().metadataHost;
  const subject = async (host: string) => {
    const token = await metadata(host, 'identity?audience=https://a.example');
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub as string;
  };
  const deploy = async (method: 'POST' | 'PUT', env: object[], account = 'search-run') => {
    const body = knative('search', { serviceAccountName: emailOf(account), env });
    const path = method === 'POST' ? services : `${services}/search`;
    expect((await admin.call(method, path, body)).status).toBe(200);
    await admin.until(`${services}/search`, isReady);
  };
  await deploy('POST', []);
  // The declared services' are in the order of the declaration: login, search.
  const host = `127.0.0.1:${metadataPort + 1}`;
  expect(hostOf('search')).toBe(host);
  const before = await subject(host);

  for (let round = 0; round < 3; round++) {
    expect((await admin.call('DELETE', `${accounts}/${emailOf('search-run')}`)).status).toBe(200);
    expect((await admin.call('POST', accounts, { accountId: 'search-run' })).status).toBe(200);
    await deploy('PUT', [{ name: 'ROUND', value: `${round}` }]);
    expect(hostOf('search')).toBe(host);
    expect(admin.cloud.service('search').env.GCE_METADATA_HOST).toBe(host);
    expect(await subject(host)).not.toBe(before);
  }

  // Another account beside it has another port; back again, the first one is free.
  await deploy('PUT', [], 'login-run');
  const other = hostOf('search');
  expect(await metadata(other, 'email')).toBe(emailOf('login-run'));
  await deploy('PUT', [{ name: 'BACK', value: 'yes' }]);
  expect(hostOf('search')).toBe(host);
  await expect(fetch(`http://${other}/`)).rejects.toThrow();

  expect((await admin.call('DELETE', `${services}/search`)).status).toBe(200);
  await expect
    .poll(() =>
      fetch(`http://${host}/`).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone');
  await deploy('POST', []);
  expect(hostOf('search')).toBe(host);
});
