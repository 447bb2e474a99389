import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiRequest, sendApiRequest } from './api-requests.ts';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { identitiesIn, tokensIn } from './identities-in.ts';
import { rawRequest } from './raw-request.ts';

const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;

let echo: EchoCloud;
let accessToken: string;
let tokens: string[];
beforeAll(async () => {
  echo = await echoCloud();
  const { metadataHost } = echo.cloud.service('login').listed();
  const account = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default`;
  const { body } = await rawRequest(`${account}/token`, ['Metadata-Flavor', 'Google']);
  accessToken = (JSON.parse(body) as { access_token: string }).access_token;
  tokens = ['', 'ya29.x', accessToken, await echo.cloud.idToken('login', echo.cloud.url)];
});
afterAll(() => echo[Symbol.asyncDispose]());

describe('a service at Google’s APIs, with all the credentials that it has', () => {
  test('gets nobody’s token, its own neither, and changes no policy', async () => {
    const before = ['services/login', 'services/search', 'project'] as const;
    const policies = () => JSON.stringify(before.map((resource) => echo.cloud.policies.read(resource)));
    const untouched = policies();
    await fc.assert(
      fc.asyncProperty(apiRequest, fc.nat({ max: 3 }), async (request, which) => {
        const { status, body } = await sendApiRequest(echo.cloud.url, request, tokens[which] ?? '');
        // A method that Google has and that is not played here says so; nothing else is the emulator's own fault.
        if (status === 501) expect(body).toContain('is not emulated by run-edges');
        else expect(status).toBeLessThan(500);
        // What it sent may come back in an error; what is given is in a successful answer.
        if (status === 200) expect(tokensIn(body)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect(policies()).toBe(untouched);
    for (const { name } of echo.cloud.services) expect(echo.cloud.service(name).state).toBe('ready');
  }, 240_000);

  test('gets the token of whom it may be by the same means, so that the test above can fail', async () => {
    const role = 'roles/iam.serviceAccountTokenCreator';
    echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, role, `serviceAccount:${emailOf('login')}`);
    for (const [method, body] of [
      ['generateIdToken', { audience: 'a', includeEmail: true }],
      ['generateAccessToken', { scope: ['a'] }],
    ] as const) {
      const path = `/v1/projects/-/serviceAccounts/${emailOf('search')}:${method}`;
      const request = { method: 'POST', path, type: 'application/json', body: JSON.stringify(body) };
      const answer = await sendApiRequest(echo.cloud.url, request, accessToken);
      expect(tokensIn(answer.body)).toContain(emailOf('search'));
      expect(identitiesIn(answer.body)).not.toContain(emailOf('login'));
    }
    echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, role, `serviceAccount:${emailOf('login')}`);
  });
});
