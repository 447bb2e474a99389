import { describe, expect, test } from 'vitest';
import { base64, publish, pushed, senderCloud } from './sender-cloud.ts';

const asDeveloper = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });

describe('time that is moved on', () => {
  test('moves retries, and ages tokens', async () => {
    const cloud = await senderCloud();
    const token = await cloud.cloud.idToken('outbox', cloud.url);
    cloud.cloud.policies.grant(
      'services/inbox',
      'roles/run.invoker',
      'serviceAccount:outbox-run@run-edges-local.iam.gserviceaccount.com',
    );
    const status = async () => (await fetch(cloud.url, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await status()).toBe(200);
    await pushed(cloud, { retryPolicy: { minimumBackoff: '600s' } });
    cloud.answers(500, 200);
    await publish(cloud, { data: base64('x') });
    await cloud.until(2);
    await cloud.cloud.deliveries.idle();
    expect(cloud.cloud.deliveries.list()).toMatchObject([{ state: 'waiting', attempts: [{ number: 1, status: 500 }] }]);
    expect(await cloud.cloud.time.advance('9m')).toMatchObject({ stops: 0 });
    expect(cloud.arrived).toHaveLength(2);
    expect(await status()).toBe(200);
    expect(await cloud.cloud.time.advance('52m')).toMatchObject({ stops: 1 });
    expect(cloud.arrived).toHaveLength(4);
    expect(cloud.cloud.deliveries.list()).toMatchObject([
      { state: 'delivered', attempts: [{ status: 500 }, { number: 2, status: 200 }] },
    ]);
    expect(await status()).toBe(401);
    expect(cloud.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'expired' });
  });

  test('by the API is the developer’s alone, and bounded', async () => {
    const { cloud } = await senderCloud();
    const at = `${cloud.url}/run-edges/v1/time:advance`;
    const asked = async (body: unknown, headers: Record<string, string>) => {
      const response = await fetch(at, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    };
    const before = Date.now();
    const answer = await asked({ seconds: 3600 }, asDeveloper(cloud.developerToken));
    expect(answer).toMatchObject({ status: 200, body: { stops: 0, left: 0 } });
    expect(Date.parse((answer.body as { now: string }).now)).toBeGreaterThanOrEqual(before + 3_599_000);
    expect(await asked({ seconds: 1 }, { 'content-type': 'application/json' })).toMatchObject({ status: 401 });
    expect(await asked({ seconds: 1 }, asDeveloper('x'.repeat(40)))).toMatchObject({ status: 401 });
    for (const body of [{}, { seconds: -1 }, { seconds: '1' }, { seconds: 1e9 }, { seconds: 1, more: 1 }, null])
      expect(await asked(body, asDeveloper(cloud.developerToken)), JSON.stringify(body)).toMatchObject({ status: 400 });
  });
});

describe('idle', () => {
  test('says that it is not, where something stays due', async () => {
    const cloud = await senderCloud();
    await pushed(cloud);
    cloud.answerWhen(new Promise(() => undefined));
    await publish(cloud, { data: base64('x') });
    await cloud.until(1);
    await expect(cloud.cloud.deliveries.idle({ timeout: 50 })).rejects.toMatchObject({ code: 'NOT_IDLE' });
    const response = await fetch(`${cloud.cloud.url}/run-edges/v1/deliveries:idle`, {
      method: 'POST',
      headers: asDeveloper(cloud.cloud.developerToken),
      body: '{"timeout":0.05}',
    });
    expect(await response.json()).toEqual({ idle: false });
    for (const timeout of [-1, 1e9, 1.5, Number.NaN])
      await expect(cloud.cloud.deliveries.idle({ timeout })).rejects.toMatchObject({ code: 'SETTING_INVALID' });
    for (const by of ['', 'soon', '-1h', -1])
      await expect(cloud.cloud.time.advance(by)).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });

  test('tells of deliveries without a query, a body or a token', async () => {
    const cloud = await senderCloud();
    const email = await pushed(cloud, { path: '/push?key=secret' });
    await publish(cloud, { data: base64('hidden') });
    await cloud.until(1);
    await cloud.cloud.deliveries.idle();
    const text = await (await fetch(`${cloud.cloud.url}/run-edges/v1/deliveries`)).text();
    expect(JSON.parse(text)).toMatchObject({
      deliveries: [
        { state: 'delivered', url: `${cloud.url}/push`, serviceAccount: email, attempts: [{ status: 200 }] },
      ],
    });
    for (const secret of ['secret', base64('hidden'), 'eyJ']) expect(text).not.toContain(secret);
    const [{ attempts }] = JSON.parse(text).deliveries;
    expect(cloud.cloud.decisions.list().map(({ trace }) => trace)).toContain(attempts[0].trace);
  });
});
