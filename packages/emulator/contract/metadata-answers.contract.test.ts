import * as library from 'gcp-metadata';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const email = 'login-run@run-edges-local.iam.gserviceaccount.com';
const flavored = ['Metadata-Flavor', 'Google'];
type Options = NonNullable<Parameters<typeof echoCloud>[0]>;

/** login's metadata server, gone at the end of the test. */
async function server(options: Options = {}) {
  const echo = await echoCloud(options);
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const { metadataHost } = echo.cloud.service('login').listed();
  const ask = (path: string, headers: readonly string[] = flavored) =>
    rawRequest(`http://${metadataHost}/computeMetadata/v1/${path}`, headers);
  return { echo, metadataHost, ask };
}

describe('what the metadata server answers with', () => {
  verifies('metadata:content-types', 'of every kind of node', async () => {
    const { ask } = await server();
    const typeOf = async (path: string) => (await ask(path)).headers['content-type'];
    for (const path of [
      'instance/id',
      'instance/',
      'instance/service-accounts/default/scopes',
      'project/?recursive=true&alt=text',
    ])
      expect(await typeOf(path), path).toBe('application/text');
    for (const path of ['instance/id?alt=json', 'project/?recursive=true', 'instance/service-accounts/default/token'])
      expect(await typeOf(path), path).toBe('application/json');
  });

  verifies('metadata:guard-headers', 'errors too', async () => {
    const { ask } = await server();
    for (const path of ['instance/id', 'none'])
      expect((await ask(path)).headers).toMatchObject({ 'x-xss-protection': '0', 'x-frame-options': 'SAMEORIGIN' });
  });

  verifies('metadata:wrong-flavor', 'with the page of either, and nothing is told', async () => {
    for (const status of [403, 404] as const) {
      const { ask } = await server({ google: { wrongFlavorStatus: status } });
      for (const flavor of ['google', 'Other', 'Google, Google']) {
        const answer = await ask('instance/service-accounts/default/email', ['Metadata-Flavor', flavor]);
        expect(answer.status).toBe(status);
        expect(answer.body).toContain(`<title>Error ${status} `);
        expect(answer.body).not.toContain(email);
      }
      expect((await ask('instance/id', [])).status).toBe(403);
    }
  });

  verifies('metadata:not-found-page', 'with the path that was asked for, escaped', async () => {
    const { ask } = await server();
    const { body, headers } = await ask('<b>');
    expect(headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(body).toContain('<title>Error 404 (Not Found)!!1</title>');
    expect(body).toContain('<code>/computeMetadata/v1/&lt;b&gt;</code> was not found on this server.');
  });

  verifies('metadata:busy', 'in place of every answer, for as long as it is asked for', async () => {
    const { echo, ask } = await server();
    for (const status of [429, 503]) {
      echo.cloud.faults.set({ metadataStatus: status });
      const answer = await ask('instance/service-accounts/default/token');
      expect(answer).toMatchObject({ status, body: '', headers: { 'metadata-flavor': 'Google' } });
    }
    echo.cloud.faults.set({ metadataStatus: 0 });
    expect((await ask('instance/service-accounts/default/token')).status).toBe(200);
  });
});

describe('what is in the tree', () => {
  verifies('metadata:root-listing', 'as folders', async () => {
    const { ask } = await server();
    expect((await ask('')).body).toBe('instance/\nproject/\nuniverse/\n');
    expect((await ask('universe/')).body).toBe('universe-domain\n');
  });

  verifies('metadata:no-network-interfaces', 'nor anything else that Compute Engine has', async () => {
    const { ask } = await server();
    for (const path of ['network-interfaces/0/ip', 'hostname', 'machine-type', 'attributes/', 'name', 'tags'])
      expect((await ask(`instance/${path}`)).status, path).toBe(404);
  });

  verifies('metadata:account-segment', 'for every leaf', async () => {
    const { ask } = await server();
    for (const leaf of ['email', 'aliases', 'scopes', '?recursive=true', 'token', 'identity?audience=a']) {
      const byName = await ask(`instance/service-accounts/${email}/${leaf}`);
      expect(byName.status, leaf).toBe(200);
      expect((await ask(`instance/service-accounts/default/${leaf}`)).body, leaf).toBe(byName.body);
    }
  });

  verifies('metadata:aliases', 'as text', async () => {
    const { ask } = await server();
    expect((await ask('instance/service-accounts/default/aliases')).body).toBe('default\n');
    expect((await ask('instance/service-accounts/default/scopes')).body).toBe(
      'https://www.googleapis.com/auth/cloud-platform\n',
    );
  });

  verifies('metadata:universe', 'so that no library looks for another one', async () => {
    const { ask } = await server();
    expect((await ask('universe/universe-domain')).body).toBe('googleapis.com');
  });
});

describe('a caller that waits for a change', () => {
  verifies('metadata:wait', 'and is answered at once when it knows another etag', async () => {
    const { ask } = await server();
    const { etag } = (await ask('instance/id')).headers;
    const { body } = await ask('instance/id?wait_for_change=true&last_etag=0000000000000000');
    expect(body).toBe((await ask('instance/id')).body);
    // Nothing changes here: until the time is over there is no answer.
    expect((await ask(`instance/id?wait_for_change=true&last_etag=${etag}&timeout_sec=0`)).headers.etag).toBe(etag);
    const answered = vi.fn();
    ask(`instance/id?wait_for_change=true&last_etag=${etag}&timeout_sec=300`).then(answered, () => undefined);
    for (let count = 0; count < 5; count++) await ask('instance/id');
    expect(answered).not.toHaveBeenCalled();
  });

  verifies('metadata:wait', 'holds nothing up when the emulator stops', async () => {
    const { echo, ask } = await server();
    const waiting = ask('instance/?recursive=true&wait_for_change=true').catch((error: Error) => error);
    await ask('instance/id');
    await echo.cloud.stop();
    expect(await waiting).toBeInstanceOf(Error);
  });
});

describe('who looks for a metadata server', () => {
  verifies('metadata:residency', 'after the redirect as before it', async () => {
    const { ask, metadataHost } = await server();
    const first = await ask('instance');
    expect(first).toMatchObject({ status: 301, headers: { 'metadata-flavor': 'Google' } });
    expect(first.headers.location).toBe(`http://${metadataHost}/computeMetadata/v1/instance/`);
    expect(await ask('instance/')).toMatchObject({ status: 200, headers: { 'metadata-flavor': 'Google' } });
  });

  verifies('metadata:found-by-node', 'whatever else is set', async () => {
    const { metadataHost } = await server();
    const nowhere = '127.0.0.1:9';
    for (const [env, found] of [
      [{ GCE_METADATA_HOST: metadataHost }, true],
      [{ GCE_METADATA_IP: metadataHost, GCE_METADATA_HOST: nowhere }, true],
      [{ GCE_METADATA_IP: nowhere, GCE_METADATA_HOST: metadataHost }, false],
    ] as const) {
      library.resetIsAvailableCache();
      // Elsewhere than on Google's machines it gives up after three seconds.
      library.setGCPResidency(true);
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      expect(await library.isAvailable(), JSON.stringify(env)).toBe(found);
      if (found) {
        expect(await library.instance('service-accounts/default/email')).toBe(email);
        expect(await library.project('project-id')).toBe('run-edges-local');
        expect(await library.instance('region')).toBe('projects/100000000001/regions/us-central1');
      }
      vi.unstubAllEnvs();
    }
  });
});
