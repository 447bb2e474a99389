import { describe, expect, test } from 'vitest';
import { base64, project, publish, pushed, senderCloud, subscriptions, topics } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const topic = `projects/${project}/topics/news`;

describe('topics and subscriptions', () => {
  verifies('pubsub:resources', 'are made, shown, listed, changed and deleted', async () => {
    const { ask, call, url, account } = await senderCloud();
    expect(await ask('PUT', `${topics}/news`, { name: topic, labels: { team: 'a' } })).toEqual({
      name: topic,
      labels: { team: 'a' },
    });
    expect(await call('PUT', `${topics}/news`, {})).toMatchObject({
      status: 409,
      body: { error: { status: 'ALREADY_EXISTS' } },
    });
    expect(await ask('GET', topics)).toEqual({ topics: [{ name: topic, labels: { team: 'a' } }] });
    expect(
      await ask('PATCH', `${topics}/news`, { topic: { name: topic, labels: { team: 'b' } }, updateMask: 'labels' }),
    ).toEqual({ name: topic, labels: { team: 'b' } });

    const serviceAccountEmail = await account('news-pusher');
    const pushConfig = { pushEndpoint: url, oidcToken: { serviceAccountEmail } };
    const made = await ask('PUT', `${subscriptions}/news-push`, { topic, pushConfig });
    expect(made).toEqual({
      name: `projects/${project}/subscriptions/news-push`,
      topic,
      pushConfig: { ...pushConfig, attributes: { 'x-goog-version': 'v1' } },
      ackDeadlineSeconds: 10,
      messageRetentionDuration: '604800s',
      expirationPolicy: { ttl: '2678400s' },
      state: 'ACTIVE',
    });
    expect(await ask('GET', `${subscriptions}/news-push`)).toEqual(made);
    const change = { ackDeadlineSeconds: 60, retryPolicy: { minimumBackoff: '1s' } };
    expect(
      await ask('PATCH', `${subscriptions}/news-push`, {
        subscription: change,
        updateMask: 'ack_deadline_seconds,retryPolicy',
      }),
    ).toEqual({ ...made, ackDeadlineSeconds: 60, retryPolicy: { minimumBackoff: '1s', maximumBackoff: '600s' } });
    await ask('DELETE', `${subscriptions}/news-push`);
    await ask('DELETE', `${topics}/news`);
    for (const path of [`${subscriptions}/news-push`, `${topics}/news`])
      for (const method of ['GET', 'DELETE'])
        expect(await call(method, path)).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
  });

  verifies('pubsub:kept', 'are there after a restart, with what was published and not acknowledged', async () => {
    const { mkdtemp, rm } = await import('node:fs/promises');
    const stateDir = await mkdtemp('/tmp/run-edges-pubsub-');
    try {
      const before = await senderCloud({ stateDir });
      const email = await pushed(before, {}, false);
      await publish(before, { data: base64('kept') });
      await before.decided(({ rule }) => rule === 'not-an-invoker');
      await before.cloud.stop();
      const after = await senderCloud({ stateDir });
      expect((await after.ask('GET', topics)).topics).toEqual([{ name: topic }]);
      // The gate has another port by now.
      const pushConfig = {
        pushEndpoint: `${after.url}/push`,
        oidcToken: { serviceAccountEmail: email, audience: after.url },
      };
      await after.ask('POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig });
      await after.invoker(email);
      await after.until(1);
      expect(JSON.parse(after.arrived[0]?.body ?? '').message.data).toBe(base64('kept'));
    } finally {
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

describe('who may', () => {
  verifies('pubsub:permissions', 'publish has the permission on the topic; the rest is refused', async () => {
    const senders = await senderCloud();
    await pushed(senders);
    const bearer = await senders.tokenOf('ada@example.com');
    const messages = { messages: [{ data: base64('x') }] };
    const denied = {
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED', message: 'User not authorized to perform this action.' } },
    };
    expect(await senders.call('POST', `${topics}/news:publish`, messages, bearer)).toMatchObject(denied);
    expect(await senders.call('POST', `${topics}/nothing:publish`, messages, bearer)).toMatchObject(denied);
    expect(await senders.call('POST', `${topics}/news:publish`, messages, '')).toMatchObject({ status: 401 });
    for (const [method, path, body] of [
      ['PUT', `${topics}/more`, {}],
      ['DELETE', `${topics}/news`, undefined],
      ['GET', topics, undefined],
      ['PUT', `${subscriptions}/more`, { topic }],
      ['DELETE', `${subscriptions}/news-push`, undefined],
      ['POST', `${subscriptions}/news-push:modifyPushConfig`, { pushConfig: {} }],
    ] as const)
      expect(await senders.call(method, path, body, bearer), `${method} ${path}`).toMatchObject(denied);

    const bindings = [{ role: 'roles/pubsub.publisher', members: ['user:ada@example.com'] }];
    expect(await senders.ask('POST', `${topics}/news:setIamPolicy`, { policy: { bindings } })).toMatchObject({
      bindings,
    });
    expect(await senders.ask('GET', `${topics}/news:getIamPolicy`)).toMatchObject({ bindings });
    expect(await senders.call('POST', `${topics}/news:publish`, messages, bearer)).toMatchObject({ status: 200 });
    const permissions = ['pubsub.topics.publish', 'pubsub.topics.delete'];
    expect(await senders.call('POST', `${topics}/news:testIamPermissions`, { permissions }, bearer)).toEqual({
      status: 200,
      body: { permissions: ['pubsub.topics.publish'] },
    });
    await senders.until(1);
    // Another topic of the same name later is another topic.
    await senders.ask('DELETE', `${topics}/news`);
    await senders.ask('PUT', `${topics}/news`, {});
    expect(await senders.call('POST', `${topics}/news:publish`, messages, bearer)).toMatchObject(denied);
  });

  verifies(
    'pubsub:act-as',
    'push as an account may act as it; whoever may not is refused, and nothing is made',
    async () => {
      const senders = await senderCloud();
      const email = await pushed(senders);
      senders.cloud.policies.grant('project', 'roles/pubsub.editor', 'user:ada@example.com');
      const bearer = await senders.tokenOf('ada@example.com');
      const other = (serviceAccountEmail: string) => ({
        topic,
        pushConfig: { pushEndpoint: senders.url, oidcToken: { serviceAccountEmail } },
      });
      const denied = {
        status: 403,
        body: { error: { message: expect.stringContaining("'iam.serviceaccounts.actAs' denied") } },
      };
      for (const account of [email, `inbox-run@${project}.iam.gserviceaccount.com`, 'nobody@example.com', ''])
        if (account !== '')
          expect(await senders.call('PUT', `${subscriptions}/mine`, other(account), bearer)).toMatchObject(denied);
      expect(
        await senders.call('POST', `${subscriptions}/news-push:modifyPushConfig`, other(email), bearer),
      ).toMatchObject(denied);
      expect(
        await senders.call(
          'PATCH',
          `${subscriptions}/news-push`,
          { subscription: other(`inbox-run@${project}.iam.gserviceaccount.com`), updateMask: 'pushConfig' },
          bearer,
        ),
      ).toMatchObject(denied);
      expect(await senders.call('GET', `${subscriptions}/mine`)).toMatchObject({ status: 404 });
      senders.cloud.policies.grant(`serviceAccounts/${email}`, 'roles/iam.serviceAccountUser', 'user:ada@example.com');
      expect(await senders.call('PUT', `${subscriptions}/mine`, other(email), bearer)).toMatchObject({ status: 200 });
    },
  );
});

describe('what cannot be', () => {
  verifies('pubsub:invalid', 'is refused, and nothing is made', async () => {
    const { call, ask, url } = await senderCloud();
    await ask('PUT', `${topics}/news`, {});
    const push = (pushEndpoint: unknown) => ({ pushConfig: { pushEndpoint } });
    const invalid: readonly [object, RegExp][] = [
      [{ topic: '' }, /topic/],
      [{ topic: 'news' }, /projects\/PROJECT\/topics\/TOPIC/],
      [{ ackDeadlineSeconds: 9 }, /Invalid ack deadline given: 9/],
      [{ ackDeadlineSeconds: 601 }, /Invalid ack deadline/],
      [{ ackDeadlineSeconds: '10' }, /ackDeadlineSeconds/],
      [{ filter: 'name = "x"' }, /Invalid filter/],
      [{ filter: `attributes.a = "${'x'.repeat(300)}"` }, /256 bytes/],
      [{ retryPolicy: { minimumBackoff: '601s' } }, /minimum_backoff/],
      [{ retryPolicy: { minimumBackoff: '20s', maximumBackoff: '10s' } }, /retry_policy/],
      [{ retryPolicy: { minimumBackoff: 'soon' } }, /minimum_backoff/],
      [{ deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 4 } }, /5 to 100/],
      [{ deadLetterPolicy: { deadLetterTopic: 'lost' } }, /dead_letter_topic/],
      [{ messageRetentionDuration: '1s' }, /message_retention_duration/],
      [{ nonsense: true }, /Unknown name "nonsense"/],
      [push('/push'), /Invalid push endpoint given/],
      [push('inbox'), /Invalid push endpoint/],
      [push('http://example.com/'), /Invalid push endpoint/],
      [push('http://169.254.169.254/computeMetadata/v1/'), /Invalid push endpoint/],
      [push('http://127.0.0.1:1/'), /Invalid push endpoint/],
      [push('file:///etc/passwd'), /Invalid push endpoint/],
      [push('javascript:alert(1)'), /Invalid push endpoint/],
      [push('https://u:p@example.com/'), /a name or a password/],
      [push(`${url}@example.com/`), /Invalid push endpoint/],
      [push(`${url}/a\r\nX-Evil: 1`), /blanks/],
      [push(`${url}/a b`), /blanks/],
      [push(`${url}\\@example.com`), /Invalid push endpoint/],
      [push(`https://example.com/${'x'.repeat(3000)}`), /no URL/],
      [push(1), /pushEndpoint/],
      [{ pushConfig: { pushEndpoint: url, oidcToken: {} } }, /service_account_email/],
      [{ pushConfig: { pushEndpoint: url, pubsubWrapper: {}, noWrapper: {} } }, /exclude/],
      [{ pushConfig: { pushEndpoint: url }, enableExactlyOnceDelivery: true }, /Exactly once/],
    ];
    for (const [change, message] of invalid)
      expect(await call('PUT', `${subscriptions}/mine`, { topic, ...change }), JSON.stringify(change)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringMatching(message) } },
      });
    expect(await call('PUT', `${subscriptions}/mine`, { topic, bigqueryConfig: {} })).toMatchObject({ status: 501 });
    expect(await call('PUT', `${topics}/more`, { schemaSettings: {} })).toMatchObject({ status: 501 });
    expect(await call('PUT', `${subscriptions}/mine`, { topic: `${topic}-no` })).toMatchObject({
      status: 404,
      body: { error: { message: 'Resource not found (resource=news-no).' } },
    });
    for (const id of ['a', 'ab', '1abc', 'goog-x', 'a b', 'x'.repeat(256)])
      expect(await call('PUT', `${topics}/${encodeURIComponent(id)}`, {}), id).toMatchObject({ status: 400 });
    expect(await ask('GET', subscriptions)).toEqual({});
    expect(await ask('GET', topics)).toEqual({ topics: [{ name: topic }] });
  });

  verifies('pubsub:publish-limits', 'is not published: too many, too large, empty, or none', async () => {
    const { call, ask } = await senderCloud();
    await ask('PUT', `${topics}/news`, {});
    const sent = (messages: unknown) => call('POST', `${topics}/news:publish`, { messages });
    const cases: readonly [unknown, RegExp][] = [
      [undefined, /too small/],
      [[], /too small/],
      ['x', /too small/],
      [[{}], /non-empty data or at least one attribute/],
      [[{ data: '' }], /non-empty/],
      [[{ data: '%%%' }], /base64/],
      [[{ data: 1 }], /base64/],
      [[{ attributes: { a: 1 } }], /text/],
      [[{ attributes: { '': 'x' } }], /key/],
      [[{ attributes: { googx: 'x' } }], /goog/],
      [[{ attributes: { a: 'x'.repeat(1025) } }], /1024/],
      [[{ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`a${at}`, ''])) }], /100 attributes/],
      [[{ data: 'eA==', orderingKey: 'x'.repeat(1025) }], /1024/],
      [[{ data: 'eA==', nonsense: 1 }], /Unknown name "nonsense"/],
      [[null], /object/],
      [Array(1001).fill({ data: 'eA==' }), /1000/],
      [[{ data: base64('x'.repeat(10_000_001)) }], /10000000/],
    ];
    for (const [messages, message] of cases)
      expect(await sent(messages)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringMatching(message) } },
      });
    expect(await sent([{ data: base64('x'.repeat(20_000_000)) }])).toMatchObject({ status: 413 });
    expect(await sent([{ data: base64('x'.repeat(9_000_000)) }])).toMatchObject({ status: 200 });
    const { messageIds } = await ask('POST', `${topics}/news:publish`, {
      messages: Array(1000).fill({ data: 'eA==' }),
    });
    expect(new Set(messageIds).size).toBe(1000);
  });

  test('is another’s: a project that is not this one', async () => {
    const { call } = await senderCloud();
    for (const path of ['topics/news', 'subscriptions/news-push'])
      expect(await call('GET', `/v1/projects/other-project/${path}`)).toMatchObject({ status: 403 });
  });
});
