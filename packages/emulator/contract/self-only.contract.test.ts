import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { identitiesIn } from './identities-in.ts';
import { rawRequest } from './raw-request.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;
const others = ['user-profiles', 'search', 'stranger'].flatMap((name) => [
  name,
  emailOf(name),
  encodeURIComponent(emailOf(name)),
]);

const segment = fc.oneof(
  fc.constantFrom(
    'default',
    '..',
    '.',
    '',
    '%2e%2e',
    '%2F',
    '*',
    'instance',
    'service-accounts',
    'identity',
    'token',
    'email',
    ...others,
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc
  .tuple(
    fc.constantFrom(
      '/computeMetadata/v1/instance/service-accounts/',
      '/computeMetadata/v1/',
      '/',
      '//',
      '/computeMetadata/v1/instance/service-accounts/default/../',
    ),
    fc.array(segment, { maxLength: 5 }),
    fc.constantFrom('', '/', '/identity', '/token', '/email', '/?recursive=true'),
  )
  .map(([root, segments, end]) => `${root}${segments.join('/')}${end}`);
const query = fc.constantFrom(
  '',
  '?audience=https://a.example',
  ...others.map((other) => `?audience=a&account=${other}&email=${other}&service_account=${other}`),
  '?recursive=true&alt=json',
);
const header = fc.constantFrom(
  ['Host', 'metadata.google.internal'],
  ['Host', echoHost('search')],
  ['X-Forwarded-Host', 'search'],
  ['X-Goog-Authenticated-User-Email', emailOf('search')],
  ['X-Original-URL', `/computeMetadata/v1/instance/service-accounts/${emailOf('search')}/token`],
  ['Authorization', 'Bearer x'],
  ['X-Serverless-Authorization', 'Bearer x'],
);
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH');

function echoHost(name: string): string {
  return `${name}.internal`;
}

describe('a service at its metadata server', () => {
  test('is never another, whatever path, header, query and method it tries', async () => {
    const { metadataHost } = echo.cloud.service('login').listed();
    await fc.assert(
      fc.asyncProperty(path, query, fc.array(header, { maxLength: 3 }), method, async (at, asked, extra, verb) => {
        const headers = [
          'Metadata-Flavor',
          'Google',
          ...extra.filter(([name]) => name !== 'Host').flat(),
          ...(extra.find(([name]) => name === 'Host') ?? []),
        ];
        const answer = await rawRequest(
          `http://${metadataHost}${at}${at.includes('?') ? asked.replace('?', '&') : asked}`,
          headers,
          verb,
        );
        expect(answer.status).toBeLessThan(500);
        // A page may repeat the path that was asked for; an identity is what is told in a successful answer.
        if (answer.status === 200)
          expect(identitiesIn(answer.body).filter((email) => email !== emailOf('login'))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  }, 240_000);

  test('gets its own identity by the same means, so that the test above can fail', async () => {
    const { metadataHost } = echo.cloud.service('login').listed();
    const root = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default`;
    for (const leaf of ['identity?audience=a', 'token', 'email', '?recursive=true']) {
      const { body } = await rawRequest(`${root}/${leaf}`, ['Metadata-Flavor', 'Google']);
      expect(identitiesIn(body), leaf).toContain(emailOf('login'));
    }
  });
});
