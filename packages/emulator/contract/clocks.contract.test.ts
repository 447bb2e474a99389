import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';

/** How often the true clocks are moved together, in seconds: the wall's, and the one that only goes on. */
function movedClocks() {
  let wall = 0;
  let passed = 0;
  const [date, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
  const spies = [
    vi.spyOn(Date, 'now').mockImplementation(() => date() + wall * 1000),
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + passed * 1000),
  ];
  onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()));
  return {
    set: (seconds: number) => {
      wall += seconds;
    },
    pass: (seconds: number) => {
      wall += seconds;
      passed += seconds;
    },
  };
}

const tokenOf = async (host: string, leaf: string) => {
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/${leaf}`;
  return (await rawRequest(url, ['Metadata-Flavor', 'Google'])).body;
};

describe('a clock that is set', () => {
  test.each([-86_400, -7200, -1800, -61, 1800, 3420, 7200])(
    'by %i s leaves no token behind that the gate refuses',
    async (seconds) => {
      await using echo = await echoCloud();
      const { url } = echo.cloud.service('user-profiles');
      const { metadataHost } = echo.cloud.service('login').listed();
      const status = async () => {
        const token = await tokenOf(metadataHost, `identity?audience=${url}`);
        return (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`])).status;
      };
      const reads = async () => {
        const { access_token: token } = JSON.parse(await tokenOf(metadataHost, 'token')) as { access_token: string };
        const path = '/v1/projects/run-edges-local';
        return (await rawRequest(`${echo.cloud.url}${path}`, ['Authorization', `Bearer ${token}`])).status;
      };
      expect([await status(), await reads()]).toEqual([200, 403]);
      echo.pass(seconds);
      expect([await status(), await reads()]).toEqual([200, 403]);
      echo.pass(-seconds);
      expect([await status(), await reads()]).toEqual([200, 403]);
    },
  );

  test('prolongs no change of a policy that is on its way', async () => {
    const clocks = movedClocks();
    await using echo = await echoCloud({ now: undefined as never, faults: { policyDelay: 120 } });
    const { url } = echo.cloud.service('search');
    const token = await echo.cloud.idToken('login', url);
    const status = async () => (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`])).status;
    const member = `serviceAccount:${echo.cloud.service('login').listed().serviceAccount}`;
    echo.cloud.policies.grant('services/search', 'roles/run.invoker', member);
    clocks.set(-10);
    expect(await status()).toBe(403);
    clocks.pass(119);
    expect(await status()).toBe(403);
    clocks.pass(1);
    expect(await status()).toBe(200);
    echo.cloud.policies.revoke('services/search', 'roles/run.invoker', member);
    clocks.set(-50);
    clocks.pass(121);
    expect(await status()).toBe(403);
  });

  test('keeps no key published for longer than its tokens lived', async () => {
    const clocks = movedClocks();
    await using echo = await echoCloud({ now: undefined as never });
    const count = async () =>
      (JSON.parse((await rawRequest(`${echo.cloud.url}/oauth2/v3/certs`)).body) as { keys: object[] }).keys.length;
    await echo.cloud.rotateKeys();
    clocks.set(-3600);
    clocks.pass(7199);
    expect(await count()).toBe(3);
    clocks.pass(1);
    expect(await count()).toBe(2);
  });
});

describe('keys that are withdrawn', () => {
  test.each([1, 2, 3])(
    'take the tokens that metadata servers remember along, %i rotations later too',
    async (times) => {
      await using echo = await echoCloud();
      const { url } = echo.cloud.service('user-profiles');
      const { metadataHost } = echo.cloud.service('login').listed();
      const identity = () => tokenOf(metadataHost, `identity?audience=${url}`);
      const status = async (token: string) =>
        (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`])).status;
      const before = await identity();
      expect(await identity()).toBe(before);
      const accessBefore = await tokenOf(metadataHost, 'token');
      for (let time = 1; time < times; time++) {
        await echo.cloud.rotateKeys();
        await identity();
      }
      await echo.cloud.rotateKeys({ withdraw: true });
      expect(await status(before)).toBe(401);
      const after = await identity();
      expect(await status(after)).toBe(200);
      expect(decodeJwt(after).aud).toBe(url);
      const { access_token: access } = JSON.parse(await tokenOf(metadataHost, 'token')) as { access_token: string };
      expect(accessBefore).not.toContain(access);
      const asked = await rawRequest(`${echo.cloud.url}/v1/projects/run-edges-local`, [
        'Authorization',
        `Bearer ${access}`,
      ]);
      expect(asked.status).toBe(403);
    },
  );
});
