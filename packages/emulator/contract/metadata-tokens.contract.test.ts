import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished } from 'vitest';
import { echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

type Options = NonNullable<Parameters<typeof echoCloud>[0]>;

/** login's account at its metadata server, gone at the end of the test. */
async function account(options: Options = {}) {
  const echo = await echoCloud(options);
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const { metadataHost } = echo.cloud.service('login').listed();
  const ask = (leaf: string) =>
    rawRequest(`http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/${leaf}`, [
      'Metadata-Flavor',
      'Google',
    ]);
  const audienceOf = async (query: string) => decodeJwt((await ask(`identity?${query}`)).body).aud;
  return { echo, ask, audienceOf };
}

describe('tokens of the metadata server', () => {
  verifies('metadata:token-turn-over', 'and a new one then, for a whole hour again', async () => {
    const { echo, ask } = await account();
    const token = async () => JSON.parse((await ask('token')).body) as { access_token: string; expires_in: number };
    const first = await token();
    echo.pass(3000);
    expect(await token()).toEqual({ ...first, expires_in: 599 });
    echo.pass(299);
    expect(await token()).toEqual({ ...first, expires_in: 300 });
    echo.pass(1);
    const second = await token();
    expect(second.expires_in).toBe(3599);
    expect(second.access_token).not.toBe(first.access_token);
  });

  verifies('metadata:identity-turn-over', 'so that no client that refreshes 3 m 45 s ahead asks in vain', async () => {
    const { echo, ask } = await account();
    const token = async (audience: string) => (await ask(`identity?audience=${audience}`)).body;
    const first = await token('a');
    echo.pass(3299);
    expect(await token('a')).toBe(first);
    expect(await token('b')).not.toBe(first);
    echo.pass(1);
    expect(decodeJwt(await token('a')).exp).toBe((decodeJwt(first).exp as number) + 3300);
  });

  verifies('metadata:identity-turn-over', 'or anew at each request, by the setting', async () => {
    const { echo, ask } = await account({ google: { cacheIdTokens: false } });
    const first = decodeJwt((await ask('identity?audience=a')).body);
    echo.pass(1);
    expect(decodeJwt((await ask('identity?audience=a')).body).iat).toBe((first.iat as number) + 1);
  });

  verifies('metadata:identity-plain', 'and three parts of base64url', async () => {
    const { ask } = await account();
    expect((await ask('identity?audience=a')).body).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  verifies('metadata:identity-type', 'either way', async () => {
    for (const identityType of ['text/html', 'application/text'] as const) {
      const { ask } = await account({ google: { identityType } });
      expect((await ask('identity?audience=a')).headers['content-type']).toBe(identityType);
    }
  });

  verifies('metadata:identity-format', 'whatever they are', async () => {
    const { ask } = await account();
    const claims = async (query: string) => decodeJwt((await ask(`identity?audience=a${query}`)).body);
    const plain = await claims('');
    expect(Object.keys(plain).sort()).toEqual(['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub']);
    for (const query of ['&format=standard', '&format=full', '&format=full&licenses=TRUE', '&licenses=FALSE'])
      expect(await claims(query), query).toEqual(plain);
  });

  verifies('metadata:identity-cut', 'as it does in any query', async () => {
    const { audienceOf } = await account();
    expect(await audienceOf('audience=https://a.example/x?y=1&z=2')).toBe('https://a.example/x?y=1');
    expect(await audienceOf('audience=https://a.example/x#frag')).toBe('https://a.example/x');
    expect(await audienceOf('audience=https%3A%2F%2Fa.example%2F%3Fy%26z%23f')).toBe('https://a.example/?y&z#f');
  });

  verifies('metadata:identity-once', 'the first, and the token has no list', async () => {
    const { audienceOf } = await account();
    expect(await audienceOf('audience=a&audience=b')).toBe('a');
  });
});
