import { describe, expect, test } from 'vitest';
import { base64, location, project, type SenderCloud, senderCloud } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const queues = `/v2/${location}/queues`;
const name = `${location}/queues/work`;
const tasksAt = `${queues}/work/tasks`;

interface Working extends SenderCloud {
  readonly email: string;
  /** A task for `inbox`. */
  task(change?: object): object;
  create(change?: object, more?: object): Promise<{ readonly name: string }>;
}

async function working(queue: object = {}): Promise<Working> {
  const senders = await senderCloud();
  const email = await senders.account('tasks-caller');
  await senders.invoker(email);
  await senders.ask('POST', queues, { name, ...queue });
  const task = (change: object = {}) => ({
    httpRequest: {
      url: `${senders.url}/work`,
      body: base64('{"job":1}'),
      oidcToken: { serviceAccountEmail: email, audience: senders.url },
      ...change,
    },
  });
  return {
    ...senders,
    email,
    task,
    create: (change, more) => senders.ask('POST', tasksAt, { task: { ...task(change), ...more } }),
  };
}

describe('a task', () => {
  verifies(
    'tasks:headers',
    'reaches its receiver with the token of its account, and the headers of the queue',
    async () => {
      const cloud = await working();
      const made = await cloud.create({
        headers: {
          'Content-Type': 'application/json',
          'X-Mine': '1',
          Host: 'evil',
          'User-Agent': 'me',
          'X-Google-A': '1',
        },
      });
      await cloud.until(1);
      const [{ method, path, headers, body }] = cloud.arrived as [(typeof cloud.arrived)[0]];
      expect({ method, path, body }).toEqual({ method: 'POST', path: '/work', body: '{"job":1}' });
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'x-mine': '1',
        'user-agent': 'Google-Cloud-Tasks',
        'x-cloudtasks-queuename': 'work',
        'x-cloudtasks-taskname': made.name.slice(name.length + 7),
        'x-cloudtasks-taskretrycount': '0',
        'x-cloudtasks-taskexecutioncount': '0',
        'x-cloudtasks-tasketa': expect.stringMatching(/^\d{10}\.\d{6}$/),
        host: new URL(cloud.url).host,
      });
      expect(headers).not.toHaveProperty('x-google-a');
      expect(headers).not.toHaveProperty('x-cloudtasks-taskpreviousresponse');
      expect(await cloud.decided(() => true)).toMatchObject({ caller: cloud.email, rule: 'invoker' });
      await cloud.cloud.deliveries.idle();
      expect(await cloud.ask('GET', tasksAt)).toEqual({});
    },
  );

  verifies('tasks:retries', 'that fails is tried again, and says how often, and what was answered', async () => {
    const cloud = await working({ retryConfig: { minBackoff: '0.01s', maxBackoff: '0.02s' } });
    cloud.answers(500, 404, 503, 200);
    await cloud.create();
    await cloud.until(4);
    const of = (header: string) => cloud.arrived.map(({ headers }) => headers[header]);
    expect(of('x-cloudtasks-taskretrycount')).toEqual(['0', '1', '2', '3']);
    expect(of('x-cloudtasks-taskexecutioncount')).toEqual(['0', '0', '1', '1']);
    expect(of('x-cloudtasks-taskpreviousresponse')).toEqual([undefined, '500', '404', '503']);
  });

  verifies('tasks:given-up', 'is given up after its attempts', async () => {
    const cloud = await working({ retryConfig: { maxAttempts: 3, minBackoff: '0.01s', maxBackoff: '0.01s' } });
    cloud.answers(500);
    await cloud.create();
    const [delivery] = await cloud.eventually(
      () => cloud.cloud.deliveries.list(),
      ([first]) => first?.state === 'given up',
    );
    expect(delivery?.attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 500],
    ]);
    expect(cloud.arrived).toHaveLength(3);
    expect(await cloud.ask('GET', tasksAt)).toEqual({});
  });

  verifies('tasks:not-invoker', 'of an account that is no invoker reaches no handler', async () => {
    const cloud = await working();
    const serviceAccountEmail = `outbox-run@${project}.iam.gserviceaccount.com`;
    await cloud.create({ oidcToken: { serviceAccountEmail, audience: cloud.url } });
    expect(await cloud.decided(() => true)).toMatchObject({ caller: 'outbox', rule: 'not-an-invoker', status: 403 });
    await cloud.create({ oidcToken: undefined });
    await cloud.decided(({ rule }) => rule === 'no-credentials');
    // The URL as it stands is no audience once it has a query.
    await cloud.create({ url: `${cloud.url}/work?id=1`, oidcToken: { serviceAccountEmail: cloud.email } });
    await cloud.decided(({ rule }) => rule === 'wrong-audience');
    await cloud.create({ url: 'https://example.com/work' });
    await cloud.decided(({ rule, receiver }) => rule === 'not-played' && receiver === 'example.com');
    expect(cloud.arrived).toEqual([]);
  });

  verifies('tasks:names', 'of a name that was used is refused for an hour', async () => {
    const cloud = await working();
    const named = { name: `${name}/tasks/once` };
    await cloud.create({}, named);
    await cloud.until(1);
    await cloud.cloud.deliveries.idle();
    const again = () => cloud.call('POST', tasksAt, { task: { ...cloud.task(), ...named } });
    expect(await again()).toMatchObject({
      status: 409,
      body: { error: { status: 'ALREADY_EXISTS', message: expect.stringContaining('existed too recently') } },
    });
    await cloud.cloud.time.advance('59m');
    expect(await again()).toMatchObject({ status: 409 });
    await cloud.cloud.time.advance('1m');
    expect(await again()).toMatchObject({ status: 200 });
    const later = { name: `${name}/tasks/later`, scheduleTime: new Date(Date.now() + 7_200_000).toISOString() };
    await cloud.create({}, later);
    expect(await cloud.call('POST', tasksAt, { task: { ...cloud.task(), ...later } })).toMatchObject({
      status: 409,
      body: { error: { message: 'Requested entity already exists' } },
    });
    await cloud.ask('DELETE', `${tasksAt}/later`);
    expect(await cloud.call('POST', tasksAt, { task: { ...cloud.task(), ...later } })).toMatchObject({ status: 409 });
  });

  verifies('tasks:scheduled', 'waits for its time; run sends it before', async () => {
    const cloud = await working();
    const at = (hours: number) => ({ scheduleTime: new Date(Date.now() + hours * 3_600_000).toISOString() });
    const { name: first } = await cloud.create({}, at(2));
    const { name: second } = await cloud.create({}, at(3));
    await cloud.cloud.deliveries.idle();
    expect(cloud.arrived).toEqual([]);
    expect((await cloud.ask('GET', tasksAt)).tasks.map((task: { name: string }) => task.name)).toEqual([first, second]);
    await cloud.ask('POST', `/v2/${second}:run`, {});
    await cloud.until(1);
    expect(cloud.arrived[0]?.headers['x-cloudtasks-taskname']).toBe(second.split('/').at(-1));
    await cloud.cloud.time.advance('2h');
    expect(cloud.arrived).toHaveLength(2);
    expect(await cloud.call('GET', `/v2/${first}`)).toMatchObject({ status: 404 });
  });

  verifies('tasks:view', 'shows its body to who asks for it', async () => {
    const cloud = await working();
    const later = { scheduleTime: new Date(Date.now() + 3_600_000).toISOString() };
    const { name: full } = await cloud.create({}, later);
    expect(await cloud.ask('GET', `/v2/${full}`)).toMatchObject({
      name: full,
      view: 'BASIC',
      dispatchDeadline: '600s',
    });
    expect((await cloud.ask('GET', `/v2/${full}`)).httpRequest).not.toHaveProperty('body');
    expect((await cloud.ask('GET', `/v2/${full}?responseView=FULL`)).httpRequest.body).toBe(base64('{"job":1}'));
    cloud.cloud.policies.grant('queues/work', 'roles/cloudtasks.taskDeleter', 'user:ada@example.com');
    const bearer = await cloud.tokenOf('ada@example.com');
    expect(await cloud.call('GET', `/v2/${full}?responseView=FULL`, undefined, bearer)).toMatchObject({ status: 403 });
  });
});

describe('a queue', () => {
  verifies('tasks:queues', 'is made, shown, changed and deleted; its name comes back after days', async () => {
    const { ask, call } = await senderCloud();
    const made = await ask('POST', queues, { name });
    expect(made).toEqual({
      name,
      rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
      retryConfig: { maxAttempts: 100, minBackoff: '0.1s', maxBackoff: '3600s', maxDoublings: 16 },
      state: 'RUNNING',
    });
    expect(await call('POST', queues, { name })).toMatchObject({
      status: 409,
      body: { error: { message: 'Queue already exists' } },
    });
    expect(await ask('GET', queues)).toEqual({ queues: [made] });
    expect(
      await ask('PATCH', `${queues}/work?updateMask=rateLimits.maxDispatchesPerSecond`, {
        rateLimits: { maxDispatchesPerSecond: 5 },
        retryConfig: { maxAttempts: 3 },
      }),
    ).toEqual({ ...made, rateLimits: { ...made.rateLimits, maxDispatchesPerSecond: 5, maxBurstSize: 1 } });
    await ask('DELETE', `${queues}/work`);
    expect(await call('GET', `${queues}/work`)).toMatchObject({ status: 404 });
    expect(await call('POST', queues, { name })).toMatchObject({
      status: 400,
      body: { error: { status: 'FAILED_PRECONDITION' } },
    });
  });

  verifies('tasks:paused', 'that is paused sends nothing, until it is resumed', async () => {
    const cloud = await working();
    expect(await cloud.ask('POST', `${queues}/work:pause`, {})).toMatchObject({ state: 'PAUSED' });
    await cloud.create();
    const { name: forced } = await cloud.create();
    await cloud.cloud.deliveries.idle();
    expect(cloud.arrived).toEqual([]);
    await cloud.ask('POST', `/v2/${forced}:run`, {});
    await cloud.until(1);
    expect(await cloud.ask('POST', `${queues}/work:resume`, {})).toMatchObject({ state: 'RUNNING' });
    await cloud.until(2);
    await cloud.ask('POST', `${queues}/work:pause`, {});
    await cloud.create();
    expect(await cloud.ask('POST', `${queues}/work:purge`, {})).toMatchObject({ purgeTime: expect.any(String) });
    expect(await cloud.ask('GET', tasksAt)).toEqual({});
  });

  verifies('tasks:concurrency', 'has no more under way than it may', async () => {
    const cloud = await working({ rateLimits: { maxConcurrentDispatches: 2 } });
    let open: (value?: unknown) => void = () => undefined;
    cloud.answerWhen(
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    for (let many = 0; many < 5; many++) await cloud.create();
    await cloud.until(2);
    expect((await cloud.ask('GET', tasksAt)).tasks).toHaveLength(5);
    expect(cloud.arrived).toHaveLength(2);
    open();
    await cloud.until(5);
  });

  verifies('tasks:permissions', 'lets create who has the role on it, and act as the account', async () => {
    const cloud = await working();
    const bearer = await cloud.tokenOf('ada@example.com');
    const create = () => cloud.call('POST', tasksAt, { task: cloud.task() }, bearer);
    expect(await create()).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('lacks IAM permission "cloudtasks.tasks.create"') } },
    });
    const bindings = [{ role: 'roles/cloudtasks.enqueuer', members: ['user:ada@example.com'] }];
    await cloud.ask('POST', `${queues}/work:setIamPolicy`, { policy: { bindings } });
    expect(await create()).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('actAs') } },
    });
    cloud.cloud.policies.grant(
      `serviceAccounts/${cloud.email}`,
      'roles/iam.serviceAccountUser',
      'user:ada@example.com',
    );
    expect(await create()).toMatchObject({ status: 200 });
    for (const [method, path] of [
      ['GET', tasksAt],
      ['POST', `${queues}/work:pause`],
      ['POST', `${queues}/work:purge`],
      ['DELETE', `${queues}/work`],
      ['GET', queues],
    ] as const)
      expect(await cloud.call(method, path, method === 'POST' ? {} : undefined, bearer), path).toMatchObject({
        status: 403,
      });
    expect(await cloud.call('POST', tasksAt, { task: cloud.task() }, '')).toMatchObject({ status: 401 });
  });
});

describe('what cannot be', () => {
  verifies('tasks:invalid', 'is refused, and nothing is made', async () => {
    const cloud = await working();
    const cases: readonly [object, RegExp][] = [
      [{ url: '' }, /no URL/],
      [{ url: 'inbox' }, /no URL/],
      [{ url: 'http://169.254.169.254/' }, /gate of a service/],
      [{ url: 'ftp://example.com' }, /https:/],
      [{ url: 'https://a:b@example.com' }, /password/],
      [{ httpMethod: 'TRACE' }, /http_method/],
      [{ httpMethod: 'GET' }, /A body goes with/],
      [{ body: '%' }, /base64/],
      [{ body: base64('x'.repeat(1_000_001)) }, /at most 1000000 bytes/],
      [{ headers: { 'a b': '1' } }, /header/],
      [{ headers: { a: '1\r\nX-Evil: 1' } }, /header/],
      [{ headers: { a: 'x'.repeat(90_000) } }, /80 KB/],
      [{ headers: { a: 1 } }, /headers/],
      [{ oidcToken: {} }, /service_account_email/],
      [{ nonsense: 1 }, /Unknown name/],
    ];
    for (const [change, message] of cases)
      expect(
        await cloud.call('POST', tasksAt, { task: cloud.task(change) }),
        JSON.stringify(change).slice(0, 80),
      ).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringMatching(message) } },
      });
    const others: readonly [object, RegExp][] = [
      [{ name: 'once' }, /task\.name/],
      [{ name: `${location}/queues/other/tasks/x` }, /task\.name/],
      [{ name: `${name}/tasks/a b` }, /task\.name/],
      [{ scheduleTime: 'tomorrow' }, /schedule_time/],
      [{ scheduleTime: new Date(Date.now() + 31 * 86_400_000).toISOString() }, /30 days/],
      [{ dispatchDeadline: '14s' }, /dispatch_deadline/],
      [{ dispatchDeadline: '1801s' }, /dispatch_deadline/],
      [{ httpRequest: undefined }, /http_request/],
    ];
    for (const [change, message] of others)
      expect(
        await cloud.call('POST', tasksAt, { task: { ...cloud.task(), ...change } }),
        JSON.stringify(change),
      ).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringMatching(message) } },
      });
    expect(await cloud.call('POST', tasksAt, { task: { appEngineHttpRequest: {} } })).toMatchObject({ status: 501 });
    expect(await cloud.call('POST', tasksAt, { task: cloud.task({ oauthToken: {} }) })).toMatchObject({ status: 501 });
    expect(await cloud.call('POST', `${queues}/none/tasks`, { task: cloud.task() })).toMatchObject({ status: 404 });
    for (const queue of [
      { name: 'work' },
      { name: `${location}/queues/a_b` },
      { name: `${location}/queues/new`, rateLimits: { maxDispatchesPerSecond: 501 } },
      { name: `${location}/queues/new`, retryConfig: { maxAttempts: 0 } },
      { name: `${location}/queues/new`, retryConfig: { minBackoff: '10s', maxBackoff: '1s' } },
      { name: `${location}/queues/new`, retryConfig: { minBackoff: 'soon' } },
      { name: `${location}/queues/new`, nonsense: 1 },
    ])
      expect(await cloud.call('POST', queues, queue), JSON.stringify(queue)).toMatchObject({ status: 400 });
    expect(await cloud.call('GET', `/v2/projects/${project}/locations/nowhere/queues`)).toMatchObject({ status: 404 });
    expect(await cloud.ask('GET', tasksAt)).toEqual({});
    expect(cloud.arrived).toEqual([]);
  });

  test('is sent to an account that was deleted since', async () => {
    const cloud = await working({ retryConfig: { maxAttempts: 1 } });
    await cloud.ask('DELETE', `/v1/projects/${project}/serviceAccounts/${cloud.email}`);
    expect(await cloud.call('POST', tasksAt, { task: cloud.task() })).toMatchObject({ status: 403 });
  });
});
