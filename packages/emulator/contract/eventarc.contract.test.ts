import { describe, expect } from 'vitest';
import { base64, location, project, type SenderCloud, senderCloud, subscriptions, topics } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const triggers = `/v1/${location}/triggers`;
const TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';

async function triggering(): Promise<SenderCloud & { readonly email: string; trigger(change?: object): object }> {
  const senders = await senderCloud();
  const email = await senders.account('audit-events');
  await senders.invoker(email);
  await senders.ask('PUT', `${topics}/news`, {});
  return {
    ...senders,
    email,
    trigger: (change = {}) => ({
      eventFilters: [{ attribute: 'type', value: TYPE }],
      destination: { cloudRun: { service: 'inbox', region: 'us-central1', path: '/audit' } },
      serviceAccount: email,
      transport: { pubsub: { topic: `projects/${project}/topics/news` } },
      ...change,
    }),
  };
}

describe('a trigger', () => {
  verifies(
    'eventarc:event',
    'makes an event of each message of its topic, for its service, as its account',
    async () => {
      const cloud = await triggering();
      const operation = await cloud.ask('POST', `${triggers}?triggerId=audit`, cloud.trigger());
      expect(operation.name).toMatch(new RegExp(`^${location}/operations/`));
      const done = await cloud.eventually(
        () => cloud.ask('GET', `/v1/${operation.name}`),
        (one) => one.done,
      );
      expect(done.response).toMatchObject({
        '@type': 'type.googleapis.com/google.cloud.eventarc.v1.Trigger',
        name: `${location}/triggers/audit`,
        transport: { pubsub: { topic: `projects/${project}/topics/news`, subscription: expect.any(String) } },
      });
      const { messageIds } = await cloud.ask('POST', `${topics}/news:publish`, { messages: [{ data: base64('x') }] });
      await cloud.until(1);
      const [{ method, path, headers, body }] = cloud.arrived as [(typeof cloud.arrived)[0]];
      expect([method, path]).toEqual(['POST', '/audit']);
      expect(headers).toMatchObject({
        'ce-id': messageIds[0],
        'ce-source': `//pubsub.googleapis.com/projects/${project}/topics/news`,
        'ce-specversion': '1.0',
        'ce-type': TYPE,
        'ce-time': expect.stringMatching(/Z$/),
        'content-type': 'application/json',
      });
      expect(JSON.parse(body)).toMatchObject({
        message: { data: base64('x'), messageId: messageIds[0] },
        subscription: done.response.transport.pubsub.subscription,
      });
      expect(await cloud.decided(() => true)).toMatchObject({ caller: cloud.email, rule: 'invoker' });
    },
  );

  verifies('eventarc:topic', 'makes a topic where none is named, which goes with it', async () => {
    const cloud = await triggering();
    await cloud.ask('POST', `${triggers}?triggerId=audit`, cloud.trigger({ transport: undefined }));
    const { transport, etag } = await cloud.ask('GET', `${triggers}/audit`);
    await cloud.ask('POST', `/v1/${transport.pubsub.topic}:publish`, { messages: [{ data: base64('x') }] });
    await cloud.until(1);
    expect(await cloud.call('DELETE', `${triggers}/audit?etag=old`)).toMatchObject({ status: 409 });
    await cloud.ask('DELETE', `${triggers}/audit?etag=${etag}`);
    expect(await cloud.call('GET', `/v1/${transport.pubsub.topic}`)).toMatchObject({ status: 404 });
    expect(await cloud.ask('GET', subscriptions)).toEqual({});
    expect((await cloud.ask('GET', topics)).topics).toHaveLength(1);
  });

  verifies(
    'eventarc:not-invoker',
    'of an account that is no invoker reaches no handler, until another takes its place',
    async () => {
      const cloud = await triggering();
      const serviceAccount = `outbox-run@${project}.iam.gserviceaccount.com`;
      await cloud.ask('POST', `${triggers}?triggerId=audit`, cloud.trigger({ serviceAccount }));
      await cloud.ask('POST', `${topics}/news:publish`, { messages: [{ data: base64('x') }] });
      expect(await cloud.decided(() => true)).toMatchObject({ caller: 'outbox', rule: 'not-an-invoker', status: 403 });
      expect(cloud.arrived).toEqual([]);
      await cloud.ask('PATCH', `${triggers}/audit?updateMask=serviceAccount`, { serviceAccount: cloud.email });
      await cloud.cloud.time.advance('30s');
      expect(cloud.arrived).toHaveLength(1);
    },
  );
});

describe('what cannot be', () => {
  verifies('eventarc:invalid', 'is refused, and nothing is made', async () => {
    const cloud = await triggering();
    const cases: readonly [object, number, RegExp][] = [
      [{ eventFilters: [] }, 400, /type/],
      [
        { eventFilters: [{ attribute: 'type', value: 'google.cloud.storage.object.v1.finalized' }] },
        501,
        /do not happen/,
      ],
      [
        {
          eventFilters: [
            { attribute: 'type', value: TYPE },
            { attribute: 'bucket', value: 'b' },
          ],
        },
        400,
        /no attribute "bucket"/,
      ],
      [{ destination: {} }, 400, /destination/],
      [{ destination: { workflow: 'w' } }, 400, /destination/],
      [{ destination: { cloudRun: { service: 'inbox' } } }, 400, /destination/],
      [{ destination: { cloudRun: { service: 'a.b/c', region: 'us-central1' } } }, 400, /cloud_run/],
      [{ destination: { cloudRun: { service: 'inbox', region: 'evil.example/x' } } }, 400, /cloud_run/],
      [{ destination: { cloudRun: { service: 'inbox', region: 'us-central1', path: 'audit' } } }, 400, /path/],
      [{ destination: { cloudRun: { service: 'inbox', region: 'us-central1', path: '/a?b' } } }, 400, /path/],
      [{ serviceAccount: '' }, 400, /service_account/],
      [{ serviceAccount: 'nobody@example.com' }, 403, /actAs/],
      [{ transport: { pubsub: { topic: 'news' } } }, 400, /topic/],
      [{ transport: { pubsub: { topic: 'projects/other/topics/news' } } }, 400, /topic/],
      [{ transport: { pubsub: { topic: `projects/${project}/topics/none` } } }, 404, /none/],
      [{ nonsense: 1 }, 400, /Unknown name/],
    ];
    for (const [change, status, message] of cases)
      expect(
        await cloud.call('POST', `${triggers}?triggerId=audit`, cloud.trigger(change)),
        JSON.stringify(change),
      ).toMatchObject({
        status,
        body: { error: { message: expect.stringMatching(message) } },
      });
    for (const id of ['', 'A', '1a', 'a_b', 'a'.repeat(64)])
      expect(await cloud.call('POST', `${triggers}?triggerId=${id}`, cloud.trigger()), id).toMatchObject({
        status: 400,
      });
    await cloud.ask('POST', `${triggers}?triggerId=audit&validateOnly=true`, cloud.trigger());
    expect(await cloud.ask('GET', triggers)).toEqual({});
    expect(await cloud.ask('GET', subscriptions)).toEqual({});
    const bearer = await cloud.tokenOf('ada@example.com');
    expect(await cloud.call('POST', `${triggers}?triggerId=audit`, cloud.trigger(), bearer)).toMatchObject({
      status: 403,
    });
    cloud.cloud.policies.grant('project', 'roles/eventarc.admin', 'user:ada@example.com');
    expect(await cloud.call('POST', `${triggers}?triggerId=audit`, cloud.trigger(), bearer)).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('actAs') } },
    });
  });
});
