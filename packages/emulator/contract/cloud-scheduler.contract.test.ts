import { describe, expect, test } from 'vitest';
import { base64, location, project, type SenderCloud, senderCloud, subscriptions, topics } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const jobs = `/v1/${location}/jobs`;
const name = `${location}/jobs/nightly`;
/** A Monday, 10:00 in UTC. */
const MONDAY = Date.UTC(2026, 5, 1, 10) / 1000;

interface Scheduled extends SenderCloud {
  readonly email: string;
  job(change?: object, target?: object): object;
}

async function scheduled(start = MONDAY): Promise<Scheduled> {
  const began = performance.now();
  const senders = await senderCloud({ now: () => start + Math.floor((performance.now() - began) / 1000) });
  const email = await senders.account('nightly-caller');
  await senders.invoker(email);
  return {
    ...senders,
    email,
    job: (change = {}, target = {}) => ({
      name,
      schedule: '0 3 * * *',
      httpTarget: {
        uri: `${senders.url}/rebuild`,
        body: base64('all'),
        oidcToken: { serviceAccountEmail: email, audience: senders.url },
        ...target,
      },
      ...change,
    }),
  };
}

const times = ({ arrived }: SenderCloud) => arrived.map(({ headers }) => headers['x-cloudscheduler-scheduletime']);

describe('a scheduled job', () => {
  verifies('scheduler:run', 'calls at its time with the token of its account; a day passes in a moment', async () => {
    const cloud = await scheduled();
    expect(await cloud.ask('POST', jobs, cloud.job())).toMatchObject({
      name,
      state: 'ENABLED',
      timeZone: 'Etc/UTC',
      scheduleTime: '2026-06-02T03:00:00.000Z',
      attemptDeadline: '180s',
      retryConfig: { maxRetryDuration: '0s', minBackoffDuration: '5s', maxBackoffDuration: '3600s', maxDoublings: 5 },
    });
    await cloud.cloud.deliveries.idle();
    expect(cloud.arrived).toEqual([]);
    const { stops } = await cloud.cloud.time.advance('24h');
    expect(stops).toBe(1);
    const [{ method, path, headers, body }] = cloud.arrived as [(typeof cloud.arrived)[0]];
    expect({ method, path, body }).toEqual({ method: 'POST', path: '/rebuild', body: 'all' });
    expect(headers).toMatchObject({
      'user-agent': 'Google-Cloud-Scheduler',
      'content-type': 'application/octet-stream',
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': 'nightly',
      'x-cloudscheduler-scheduletime': '2026-06-02T03:00:00.000Z',
    });
    expect(await cloud.decided(() => true)).toMatchObject({ caller: cloud.email, rule: 'invoker', status: 200 });
    await cloud.cloud.time.advance('7d');
    expect(cloud.arrived).toHaveLength(8);
    expect(await cloud.ask('GET', `${jobs}/nightly`)).toMatchObject({
      status: {},
      scheduleTime: '2026-06-10T03:00:00.000Z',
    });
  });

  verifies(
    'scheduler:time-zone',
    'keeps the time of its zone, and each day has one run where clocks are set',
    async () => {
      // 29 March 2026: 02:00 to 03:00 is not there in Berlin. 25 October: it is there twice.
      const spring = await scheduled(Date.UTC(2026, 2, 27, 12) / 1000);
      await spring.ask('POST', jobs, spring.job({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' }));
      await spring.cloud.time.advance('4d');
      expect(times(spring)).toEqual([
        '2026-03-28T01:30:00.000Z',
        '2026-03-29T01:00:00.000Z',
        '2026-03-30T00:30:00.000Z',
        '2026-03-31T00:30:00.000Z',
      ]);
      const autumn = await scheduled(Date.UTC(2026, 9, 23, 12) / 1000);
      await autumn.ask('POST', jobs, autumn.job({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' }));
      await autumn.cloud.time.advance('3d');
      expect(times(autumn)).toEqual([
        '2026-10-24T00:30:00.000Z',
        '2026-10-25T00:30:00.000Z',
        '2026-10-26T01:30:00.000Z',
      ]);
    },
  );

  verifies('scheduler:retries', 'that fails is tried again as often as it says, for the same time', async () => {
    const cloud = await scheduled();
    await cloud.ask('POST', jobs, cloud.job({ retryConfig: { retryCount: 2, minBackoffDuration: '5s' } }));
    cloud.answers(500);
    await cloud.cloud.time.advance('24h');
    expect(times(cloud)).toEqual(Array(3).fill('2026-06-02T03:00:00.000Z'));
    expect(await cloud.ask('GET', `${jobs}/nightly`)).toMatchObject({
      status: { code: 13 },
      lastAttemptTime: expect.any(String),
    });
  });

  verifies('scheduler:no-retries', 'that fails waits for its next time where nothing is said', async () => {
    const cloud = await scheduled();
    await cloud.ask('POST', jobs, cloud.job({ schedule: '0 * * * *' }));
    cloud.answers(500, 403, 200);
    await cloud.cloud.time.advance('3h');
    expect(times(cloud)).toEqual(['2026-06-01T11:00:00.000Z', '2026-06-01T12:00:00.000Z', '2026-06-01T13:00:00.000Z']);
  });

  verifies(
    'scheduler:refused',
    'of an account that is no invoker reaches no handler, and its status says so',
    async () => {
      const cloud = await scheduled();
      const oidcToken = { serviceAccountEmail: `outbox-run@${project}.iam.gserviceaccount.com`, audience: cloud.url };
      await cloud.ask('POST', jobs, cloud.job({}, { oidcToken }));
      await cloud.ask('POST', `${jobs}/nightly:run`, {});
      expect(await cloud.decided(() => true)).toMatchObject({ caller: 'outbox', rule: 'not-an-invoker', status: 403 });
      await cloud.cloud.deliveries.idle();
      expect(await cloud.ask('GET', `${jobs}/nightly`)).toMatchObject({ status: { code: 7 } });
      // The URL as it stands is its audience; with a query it is none.
      const asItStands = { uri: `${cloud.url}/rebuild?all=1`, oidcToken: { serviceAccountEmail: cloud.email } };
      await cloud.ask('PATCH', `${jobs}/nightly?updateMask=httpTarget`, cloud.job({}, asItStands));
      await cloud.ask('POST', `${jobs}/nightly:run`, {});
      await cloud.decided(({ rule }) => rule === 'wrong-audience');
      await cloud.cloud.deliveries.idle();
      expect(await cloud.ask('GET', `${jobs}/nightly`)).toMatchObject({ status: { code: 16 } });
      expect(cloud.arrived).toEqual([]);
    },
  );

  verifies('scheduler:pause', 'that is paused runs when it is told to, and not by itself', async () => {
    const cloud = await scheduled();
    await cloud.ask('POST', jobs, cloud.job());
    expect(await cloud.ask('POST', `${jobs}/nightly:pause`, {})).toMatchObject({ state: 'PAUSED' });
    await cloud.cloud.time.advance('3d');
    expect(cloud.arrived).toEqual([]);
    await cloud.ask('POST', `${jobs}/nightly:run`, {});
    await cloud.until(1);
    expect(await cloud.ask('POST', `${jobs}/nightly:resume`, {})).toMatchObject({
      state: 'ENABLED',
      scheduleTime: expect.any(String),
    });
    await cloud.cloud.time.advance('24h');
    expect(cloud.arrived).toHaveLength(2);
    expect(await cloud.call('POST', `${jobs}/nightly:resume`, {})).toMatchObject({ status: 400 });
    await cloud.ask('DELETE', `${jobs}/nightly`);
    await cloud.cloud.time.advance('24h');
    expect(cloud.arrived).toHaveLength(2);
  });

  verifies('scheduler:topic', 'publishes, where its target is a topic', async () => {
    const cloud = await scheduled();
    await cloud.ask('PUT', `${topics}/news`, {});
    const topicName = `projects/${project}/topics/news`;
    await cloud.ask('PUT', `${subscriptions}/news-push`, {
      topic: topicName,
      pushConfig: {
        pushEndpoint: `${cloud.url}/push`,
        oidcToken: { serviceAccountEmail: cloud.email, audience: cloud.url },
      },
    });
    await cloud.ask('POST', jobs, { name, schedule: '0 3 * * *', pubsubTarget: { topicName, data: base64('tick') } });
    await cloud.cloud.time.advance('48h');
    expect(cloud.arrived.map(({ body }) => JSON.parse(body).message.data)).toEqual([base64('tick'), base64('tick')]);
  });
});

describe('what cannot be', () => {
  verifies('scheduler:invalid', 'is refused, and nothing is made', async () => {
    const cloud = await scheduled();
    const cases: readonly [object, RegExp][] = [
      [{ schedule: '' }, /unix-cron/],
      [{ schedule: 'every 5 minutes' }, /unix-cron/],
      [{ schedule: '* * * *' }, /five fields/],
      [{ schedule: '* * * * * *' }, /five fields/],
      [{ schedule: '60 * * * *' }, /unix-cron/],
      [{ schedule: '* 24 * * *' }, /unix-cron/],
      [{ schedule: '0 3 31 2 *' }, /never runs/],
      [{ schedule: '@daily' }, /unix-cron/],
      [{ schedule: '0 3 L * *' }, /unix-cron/],
      [{ schedule: `0 3 * * ${'1,'.repeat(300)}1` }, /unix-cron/],
      [{ timeZone: 'Berlin' }, /no time zone/],
      [{ timeZone: '+02:00' }, /no time zone/],
      [{ timeZone: '../etc' }, /no time zone/],
      [{ retryConfig: { retryCount: 6 } }, /0 to 5/],
      [{ retryConfig: { retryCount: -1 } }, /0 to 5/],
      [{ retryConfig: { minBackoffDuration: '10s', maxBackoffDuration: '5s' } }, /retry_config/],
      [{ attemptDeadline: '14s' }, /attempt_deadline/],
      [{ attemptDeadline: '1801s' }, /attempt_deadline/],
      [{ httpTarget: undefined }, /job\.target/],
      [{ pubsubTarget: { topicName: 'x' } }, /job\.target/],
      [{ nonsense: 1 }, /Unknown name/],
      [{ name: 'nightly' }, /job\.name/],
      [{ name: `${location}/jobs/a b` }, /job\.name/],
    ];
    for (const [change, message] of cases)
      expect(await cloud.call('POST', jobs, cloud.job(change)), JSON.stringify(change).slice(0, 80)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringMatching(message) } },
      });
    for (const uri of ['', 'x', 'http://127.0.0.1:1/', 'https://a:b@c/', 'file:///etc/passwd'])
      expect(await cloud.call('POST', jobs, cloud.job({}, { uri })), uri).toMatchObject({ status: 400 });
    expect(await cloud.call('POST', jobs, cloud.job({ appEngineHttpTarget: {} }))).toMatchObject({ status: 501 });
    expect(await cloud.ask('GET', jobs)).toEqual({});
    for (const [method, path] of [
      ['GET', `${jobs}/none`],
      ['DELETE', `${jobs}/none`],
      ['POST', `${jobs}/none:run`],
      ['POST', `${jobs}/none:pause`],
    ] as const)
      expect(await cloud.call(method, path, method === 'POST' ? {} : undefined), path).toMatchObject({ status: 404 });
  });

  verifies(
    'scheduler:permissions',
    'is done for who may: the job’s permission, and acting as its account',
    async () => {
      const cloud = await scheduled();
      await cloud.ask('POST', jobs, cloud.job());
      const bearer = await cloud.tokenOf('ada@example.com');
      const other = cloud.job({ name: `${location}/jobs/mine` });
      expect(await cloud.call('POST', jobs, other, bearer)).toMatchObject({ status: 403 });
      cloud.cloud.policies.grant('project', 'roles/cloudscheduler.jobRunner', 'user:ada@example.com');
      expect(await cloud.call('POST', `${jobs}/nightly:run`, {}, bearer)).toMatchObject({ status: 200 });
      expect(await cloud.call('POST', `${jobs}/nightly:pause`, {}, bearer)).toMatchObject({ status: 403 });
      cloud.cloud.policies.grant('project', 'roles/cloudscheduler.admin', 'user:ada@example.com');
      const noActAs = { status: 403, body: { error: { message: expect.stringContaining('actAs') } } };
      expect(await cloud.call('POST', jobs, other, bearer)).toMatchObject(noActAs);
      expect(
        await cloud.call('PATCH', `${jobs}/nightly?updateMask=schedule`, { schedule: '* * * * *' }, bearer),
      ).toMatchObject(noActAs);
    },
  );

  test('are Cloud Run’s jobs: their policies stay at the same addresses', async () => {
    const { call } = await scheduled();
    expect(await call('GET', `${jobs}/none:getIamPolicy`)).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringMatching(/job/i) } },
    });
  });
});
