import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { claimsIn, curl, expectEitherHeader } from './calls.ts';
import { type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const { title, missing } = await findToolchain({ name: 'The page: ID tokens', commands: ['bash', 'curl', 'gcloud'] });

describe.skipIf(missing)(title, () => {
  let reader: Reader;
  let url: string;
  beforeAll(async () => {
    reader = await startReader();
    url = reader.urlOf('user-profiles');
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  const call = async (at: string, ...headers: string[]) => curl(reader, at, { headers, env: await reader.outside() });
  const bearer = async (audience: string) => `Bearer ${await reader.cloud.idToken('login', audience)}`;
  const statusWith = async (audience: string, at = url) =>
    (await call(at, `Authorization: ${await bearer(audience)}`)).status;

  states('acquire:audience-url', async () => {
    expect(await statusWith(url)).toBe(200);
    expect(await statusWith(url, `${url}/my/awesome/url?id=1`)).toBe(200);
    for (const other of [reader.urlOf('search'), 'user-profiles', `${url}?id=1`, 'https://example.com'])
      expect(await statusWith(other), other).toBe(401);
  });

  states('acquire:audience-custom', async () => {
    const custom = 'https://profiles.example.com';
    expect(await statusWith(custom)).toBe(401);
    await reader.bash(
      `gcloud run services update user-profiles --add-custom-audiences=${custom}`,
      await reader.atTerminal(),
    );
    expect(await statusWith(custom)).toBe(200);
    expect(await statusWith(url)).toBe(200);
    expect(await statusWith(`${custom}/`)).toBe(401);
  });

  states('acquire:audience-tag', async () => {
    await reader.bash(
      'gcloud run services update-traffic user-profiles --set-tags=candidate=LATEST',
      await reader.atTerminal(),
    );
    const tagged = url.replace('https://', 'https://candidate---');
    expect(await statusWith(url, tagged)).toBe(200);
    expect(await statusWith(tagged, tagged)).toBe(401);
    expect(await statusWith(tagged)).toBe(401);
  });

  states('acquire:authorization', async () => {
    const called = await call(url, `Authorization: ${await bearer(url)}`);
    expect(called.status).toBe(200);
    expect(claimsIn(called)).toMatchObject({ aud: url, email: reader.emailOf('login') });
  });

  states('acquire:serverless-authorization', async () => {
    const token = await bearer(url);
    const own = 'Token of-the-application';
    const called = await call(url, `X-Serverless-Authorization: ${token}`, `Authorization: ${own}`);
    expect(called).toMatchObject({ status: 200, reached: { headers: { authorization: own } } });
    await expectEitherHeader(reader, token.slice('Bearer '.length), await reader.outside());
  });

  states('acquire:signature-removed', async () => {
    const token = await bearer(url);
    const called = await call(url, `X-Serverless-Authorization: ${token}`);
    const unsigned = `${token.slice(0, token.lastIndexOf('.'))}.SIGNATURE_REMOVED_BY_GOOGLE`;
    expect(called).toMatchObject({ status: 200, reached: { headers: { 'x-serverless-authorization': unsigned } } });
    expect(claimsIn(called, 'x-serverless-authorization')).toMatchObject({ email: reader.emailOf('login') });
  });
});
