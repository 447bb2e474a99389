import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProfilesClient, DirectoryUnavailableError } from './profiles-client.ts';
import { type Listening, listen, startMetadata } from './testing/world.ts';

const context = { person: { id: 'a', email: 'ada@people.example' }, traceparent: '' };
const tokens = { sign: async () => 'user.token.signature', jwks: async () => ({ keys: [] }) };
const commonConfig = { PORT: 0, LOG_LEVEL: 'silent', PLAIN_HTTP_HOSTS: '', SERVICE_URL: 'http://127.0.0.1' } as const;

let metadata: Listening;
beforeEach(async () => {
  metadata = await startMetadata('login-run@demo.iam.gserviceaccount.com');
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
});
afterEach(async () => {
  await metadata[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

test.each([
  ['does not answer', false],
  ['begins an answer and does not end it', true],
])('user-profiles that %s is 504 after a while', async (_case, begins) => {
  await using silent = await listen((_request, response) => {
    if (begins) response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
  });
  const client = createProfilesClient({ ...commonConfig, USER_PROFILES_URL: silent.url }, tokens, 200);
  const failure = await client.me(context).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DirectoryUnavailableError);
  expect(failure).toMatchObject({ statusCode: 504 });
});
