import { describe, expect, test } from 'vitest';
import { base64, project, publish, pushed, senderCloud, subscriptions, topics } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const claimsOf = (authorization = '') =>
  JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());

describe('a message', () => {
  verifies('pubsub:push', 'gets to a private receiver with the token of the push account', async () => {
    const senders = await senderCloud();
    const email = await pushed(senders);
    const [id] = await publish(senders, { data: base64('hello'), attributes: { origin: 'test' } });
    await senders.until(1);
    const [{ method, path, headers, body }] = senders.arrived as [(typeof senders.arrived)[0]];
    expect([method, path]).toEqual(['POST', '/push']);
    expect(JSON.parse(body)).toEqual({
      message: {
        data: base64('hello'),
        attributes: { origin: 'test' },
        messageId: id,
        message_id: id,
        publishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        publish_time: expect.any(String),
      },
      subscription: `projects/${project}/subscriptions/news-push`,
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
      from: 'noreply@google.com',
      'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
      host: new URL(senders.url).host,
    });
    expect(claimsOf(headers.authorization)).toMatchObject({
      aud: senders.url,
      email,
      email_verified: true,
      iss: 'https://accounts.google.com',
    });
    expect(await senders.decided(({ receiver }) => receiver === 'inbox')).toMatchObject({
      caller: email,
      rule: 'invoker',
      status: 200,
      method: 'POST',
      path: '/push',
    });
  });

  verifies(
    'pubsub:not-invoker',
    'of an account without the role is refused, tried again, and taken once it is granted',
    async () => {
      const senders = await senderCloud();
      const email = await pushed(senders, {}, false);
      await publish(senders, { data: base64('later') });
      expect(await senders.decided(({ receiver }) => receiver === 'inbox')).toMatchObject({
        caller: email,
        rule: 'not-an-invoker',
        status: 403,
      });
      expect(senders.arrived).toEqual([]);
      await senders.invoker(email);
      await senders.until(1);
      expect(JSON.parse(senders.arrived[0]?.body ?? '').message.data).toBe(base64('later'));
    },
  );

  verifies(
    'pubsub:no-token',
    'is pushed without a token where none is asked for, and the gate refuses it',
    async () => {
      const senders = await senderCloud();
      await pushed(senders, { pushConfig: { pushEndpoint: `${senders.url}/push` } });
      await publish(senders, { data: base64('x') });
      expect(await senders.decided(() => true)).toMatchObject({
        rule: 'no-credentials',
        status: 403,
        caller: 'anonymous',
      });
      expect(senders.arrived).toEqual([]);
    },
  );

  verifies(
    'pubsub:audience',
    'has the push URL as audience where none is named: with a query that is 401',
    async () => {
      const senders = await senderCloud();
      const serviceAccountEmail = await pushed(senders, {});
      const at = (path: string) => ({
        pushConfig: { pushEndpoint: `${senders.url}${path}`, oidcToken: { serviceAccountEmail } },
      });
      await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, at('/push?token=secret'));
      await publish(senders, { data: base64('x') });
      expect(await senders.decided(() => true)).toMatchObject({ rule: 'wrong-audience', status: 401 });
      expect(senders.arrived).toEqual([]);
      await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, at('/push'));
      await senders.until(1);
      expect(claimsOf(senders.arrived[0]?.headers.authorization).aud).toBe(`${senders.url}/push`);
    },
  );

  test.each([
    ['for another service', (url: string) => ({ audience: url }), 'wrong-audience'],
    [
      'as an account of another caller',
      () => ({ serviceAccountEmail: `outbox-run@${project}.iam.gserviceaccount.com` }),
      'not-an-invoker',
    ],
  ] as const)('with a token %s reaches no handler', async (_, other, rule) => {
    const senders = await senderCloud();
    const email = await pushed(senders);
    const oidcToken = {
      serviceAccountEmail: email,
      audience: senders.url,
      ...other(senders.cloud.service('outbox').url),
    };
    const pushConfig = { pushEndpoint: `${senders.url}/push`, oidcToken };
    await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
    await publish(senders, { data: base64('x') });
    expect(await senders.decided(() => true)).toMatchObject({ rule });
    expect(senders.arrived).toEqual([]);
  });

  test('copied by a service is refused without the push account’s token', async () => {
    const senders = await senderCloud();
    await pushed(senders);
    await publish(senders, { data: base64('x') });
    await senders.until(1);
    const { path, headers, body } = senders.arrived[0] as (typeof senders.arrived)[0];
    const { 'content-type': type = '', 'user-agent': agent = '' } = headers;
    const copy = async (authorization: string) =>
      (
        await fetch(`${senders.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': type, 'user-agent': agent, authorization },
          body,
        })
      ).status;
    expect(await copy(`Bearer ${await senders.cloud.idToken('outbox', senders.url)}`)).toBe(403);
    expect(await copy('')).toBe(403);
    expect(senders.arrived).toHaveLength(1);
  });

  test('is not sent as an account that was disabled or deleted since', async () => {
    const senders = await senderCloud();
    const email = await pushed(senders);
    await senders.ask('POST', `/v1/projects/${project}/serviceAccounts/${email}:disable`, {});
    await publish(senders, { data: base64('x') });
    expect(await senders.decided(() => true)).toMatchObject({
      rule: 'unknown-principal',
      receiver: new URL(senders.url).host,
    });
    expect(senders.arrived).toEqual([]);
    await senders.ask('POST', `/v1/projects/${project}/serviceAccounts/${email}:enable`, {});
    await senders.until(1);
  });

  test('goes nowhere outside: the URL is taken as Google takes it, and nothing is called', async () => {
    const senders = await senderCloud();
    await pushed(senders, { pushConfig: { pushEndpoint: 'https://example.com/push' } });
    await publish(senders, { data: base64('x') });
    expect(await senders.decided(() => true)).toMatchObject({
      rule: 'not-played',
      receiver: 'example.com',
      reason: expect.stringContaining('nothing outside is called from here'),
    });
  });

  test('is pushed by the service’s URL on Cloud Run as well', async () => {
    const senders = await senderCloud();
    const email = await pushed(senders);
    const uri = `https://${senders.cloud.service('inbox').hosts[0]}`;
    const pushConfig = { pushEndpoint: `${uri}/there`, oidcToken: { serviceAccountEmail: email, audience: uri } };
    await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
    await publish(senders, { data: base64('x') });
    await senders.until(1);
    expect(senders.arrived[0]).toMatchObject({ path: '/there', headers: { host: new URL(uri).host } });
  });
});

describe('acknowledged is', () => {
  verifies(
    'pubsub:ack-codes',
    '200, 201, 202 and 204, and nothing else',
    async () => {
      const senders = await senderCloud();
      await pushed(senders, { retryPolicy: { minimumBackoff: '0s', maximumBackoff: '0.1s' } });
      const bad = [203, 206, 301, 302, 400, 404, 409, 429, 500, 503];
      senders.answers(...bad, 204);
      await publish(senders, { data: base64('x') });
      await senders.until(bad.length + 1);
      for (const status of [200, 201, 202]) {
        senders.answers(status);
        await publish(senders, { data: base64(`${status}`) });
      }
      await senders.until(bad.length + 4);
      const bodies = senders.arrived.map(({ body }) => JSON.parse(body).message.data);
      expect(bodies.slice(0, -3)).toEqual(Array(bad.length + 1).fill(base64('x')));
      expect(bodies.slice(-3).sort()).toEqual(['200', '201', '202'].map(base64).sort());
    },
    60_000,
  );

  verifies(
    'pubsub:ack-deadline',
    'nothing that comes after the deadline',
    async () => {
      const senders = await senderCloud();
      await pushed(senders);
      senders.answerWhen(new Promise(() => undefined));
      await publish(senders, { data: base64('slow') });
      await senders.until(2);
      expect(new Set(senders.arrived.map(({ body }) => JSON.parse(body).message.messageId)).size).toBe(1);
    },
    60_000,
  );
});

describe('redelivery', () => {
  verifies('pubsub:dead-letter', 'ends in the dead letters after so many attempts, each counted', async () => {
    const senders = await senderCloud();
    await senders.ask('PUT', `${topics}/lost`, {});
    const email = await pushed(senders, {
      deadLetterPolicy: { deadLetterTopic: `projects/${project}/topics/lost`, maxDeliveryAttempts: 5 },
    });
    await senders.ask('PUT', `${subscriptions}/lost-push`, {
      topic: `projects/${project}/topics/lost`,
      pushConfig: {
        pushEndpoint: `${senders.url}/lost`,
        oidcToken: { serviceAccountEmail: email, audience: senders.url },
      },
    });
    senders.answers(500, 500, 500, 500, 500, 200);
    await publish(senders, { data: base64('poison'), attributes: { a: '1' } });
    await senders.until(6);
    const bodies = senders.arrived.map(({ body }) => JSON.parse(body));
    expect(senders.arrived.map(({ path }) => path)).toEqual([...Array(5).fill('/push'), '/lost']);
    expect(bodies.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1, 2, 3, 4, 5, undefined]);
    expect(bodies[5].message).toMatchObject({
      data: base64('poison'),
      attributes: {
        a: '1',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: 'news-push',
        CloudPubSubDeadLetterSourceSubscriptionProject: project,
      },
    });
  });

  verifies('pubsub:ordering', 'of one key keeps the order, and keeps no other key waiting', async () => {
    const senders = await senderCloud();
    await pushed(senders, { enableMessageOrdering: true });
    senders.answers(500, 500, 200);
    const ordered = ['1', '2', '3', '4'].map((data) => ({ data: base64(data), orderingKey: 'ada' }));
    await publish(senders, ...ordered);
    await senders.until(6);
    const datas = senders.arrived.map(({ body }) => Buffer.from(JSON.parse(body).message.data, 'base64').toString());
    expect(datas).toEqual(['1', '1', '1', '2', '3', '4']);
    expect(JSON.parse(senders.arrived[0]?.body ?? '').message.orderingKey).toBe('ada');

    let open: (value?: unknown) => void = () => undefined;
    senders.answerWhen(
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    await publish(
      senders,
      { data: base64('held'), orderingKey: 'ada' },
      { data: base64('behind'), orderingKey: 'ada' },
    );
    await publish(senders, { data: base64('other'), orderingKey: 'bob' });
    await senders.until(8);
    expect(senders.arrived.slice(6).map(({ body }) => JSON.parse(body).message.data)).toEqual([
      base64('held'),
      base64('other'),
    ]);
    open();
    await senders.until(9);
  });
});

describe('a subscription', () => {
  verifies('pubsub:filter', 'gets what its filter takes', async () => {
    const senders = await senderCloud();
    await pushed(senders, { filter: 'attributes.kind = "profile" AND NOT attributes:draft' });
    await publish(
      senders,
      { attributes: { kind: 'other' } },
      { attributes: { kind: 'profile', draft: '' } },
      { attributes: { kind: 'profile', at: '1' } },
    );
    await senders.until(1);
    expect(JSON.parse(senders.arrived[0]?.body ?? '').message.attributes).toEqual({ kind: 'profile', at: '1' });
  });

  verifies('pubsub:several', 'has messages of its own beside another of the topic', async () => {
    const senders = await senderCloud();
    const email = await pushed(senders);
    await senders.ask('PUT', `${subscriptions}/second`, {
      topic: `projects/${project}/topics/news`,
      pushConfig: {
        pushEndpoint: `${senders.url}/second`,
        oidcToken: { serviceAccountEmail: email, audience: senders.url },
      },
    });
    await publish(senders, { data: base64('x') });
    await senders.until(2);
    expect(senders.arrived.map(({ path }) => path).sort()).toEqual(['/push', '/second']);
    expect((await senders.ask('GET', `${topics}/news/subscriptions`)).subscriptions).toEqual([
      `projects/${project}/subscriptions/news-push`,
      `projects/${project}/subscriptions/second`,
    ]);
  });

  verifies(
    'pubsub:unwrapped',
    'without a wrapper has the data as body, and what is known of it as headers',
    async () => {
      const senders = await senderCloud();
      const serviceAccountEmail = await pushed(senders);
      const pushConfig = {
        pushEndpoint: `${senders.url}/raw`,
        oidcToken: { serviceAccountEmail, audience: senders.url },
        noWrapper: { writeMetadata: true },
      };
      await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
      const attributes = { 'content-type': 'text/plain', origin: 'test' };
      const [id] = await publish(senders, { data: base64('raw'), attributes });
      await senders.until(1);
      expect(senders.arrived[0]).toMatchObject({
        body: 'raw',
        headers: {
          origin: 'test',
          'x-goog-pubsub-subscription-name': `projects/${project}/subscriptions/news-push`,
          'x-goog-pubsub-message-id': id,
          'x-goog-pubsub-publish-time': expect.any(String),
        },
      });
      pushConfig.noWrapper.writeMetadata = false;
      await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
      await publish(senders, { data: base64('bare'), attributes });
      await senders.until(2);
      expect(senders.arrived[1]?.body).toBe('bare');
      expect(senders.arrived[1]?.headers).not.toHaveProperty('origin');
    },
  );

  test('without a wrapper lets attributes be no headers that decide who calls', async () => {
    const senders = await senderCloud();
    const serviceAccountEmail = await pushed(senders);
    const pushConfig = {
      pushEndpoint: `${senders.url}/raw`,
      oidcToken: { serviceAccountEmail, audience: senders.url },
      noWrapper: { writeMetadata: true },
    };
    await senders.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
    await publish(senders, {
      data: base64('x'),
      attributes: {
        Authorization: 'Bearer stolen',
        'X-Serverless-Authorization': 'Bearer stolen',
        Host: 'other.example',
        'Content-Length': '1',
        'Transfer-Encoding': 'chunked',
        'X-Forwarded-For': '10.0.0.1',
        'split\r\nX-Evil': '1',
        evil: '1\r\nX-Evil: 1',
        good: 'yes',
      },
    });
    await senders.until(1);
    const { headers, body } = senders.arrived[0] as (typeof senders.arrived)[0];
    expect(body).toBe('x');
    expect(claimsOf(headers.authorization).email).toBe(serviceAccountEmail);
    expect(headers).toMatchObject({ good: 'yes', host: new URL(senders.url).host });
    expect(headers).not.toHaveProperty('x-evil');
    expect(headers).not.toHaveProperty('evil');
    expect(headers['x-forwarded-for'] ?? '').not.toContain('10.0.0.1');
  });

  verifies('pubsub:deleted-topic', 'of a topic that was deleted stays, and gets nothing more', async () => {
    const senders = await senderCloud();
    await pushed(senders);
    await senders.ask('DELETE', `${topics}/news`);
    expect(await senders.ask('GET', `${subscriptions}/news-push`)).toMatchObject({ topic: '_deleted-topic_' });
    expect(await senders.call('POST', `${topics}/news:publish`, { messages: [{ data: 'eA==' }] })).toMatchObject({
      status: 404,
      body: { error: { status: 'NOT_FOUND', message: 'Resource not found (resource=news).' } },
    });
  });
});
