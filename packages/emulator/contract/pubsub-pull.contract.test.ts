import { expect, test } from 'vitest';
import { base64, project, publish, pushed, senderCloud, subscriptions, topics } from './sender-cloud.ts';
import { verifies } from './verifies.ts';

const topic = `projects/${project}/topics/news`;

async function pulled(more: object = {}) {
  const senders = await senderCloud();
  await senders.ask('PUT', `${topics}/news`, {});
  await senders.ask('PUT', `${subscriptions}/news-pull`, { topic, ...more });
  const at = (method: string) => `${subscriptions}/news-pull:${method}`;
  return {
    ...senders,
    at,
    pull: async (maxMessages = 10) =>
      ((await senders.ask('POST', at('pull'), { maxMessages })).receivedMessages ?? []) as {
        ackId: string;
        message: { data: string };
        deliveryAttempt?: number;
      }[],
  };
}

verifies('pubsub:pull', 'what is pulled and not acknowledged comes again after its deadline', async () => {
  const senders = await pulled();
  await publish(senders, { data: base64('1') }, { data: base64('2') });
  const [first, second] = await senders.pull();
  expect([first?.message.data, second?.message.data]).toEqual([base64('1'), base64('2')]);
  expect(await senders.pull()).toEqual([]);
  await senders.ask('POST', senders.at('acknowledge'), { ackIds: [first?.ackId] });
  await senders.cloud.time.advance('10s');
  const [again, ...none] = await senders.pull();
  expect([again?.message.data, none]).toEqual([base64('2'), []]);
  // An id of before is worth nothing by now.
  await senders.ask('POST', senders.at('acknowledge'), { ackIds: [second?.ackId, 'nonsense'] });
  await senders.ask('POST', senders.at('modifyAckDeadline'), { ackIds: [again?.ackId], ackDeadlineSeconds: 0 });
  const [last] = await senders.pull();
  expect(last?.message.data).toBe(base64('2'));
  await senders.ask('POST', senders.at('acknowledge'), { ackIds: [last?.ackId] });
  await senders.cloud.time.advance('1h');
  expect(await senders.pull()).toEqual([]);
});

test('what is pulled too often goes to the dead letters', async () => {
  const deadLetterPolicy = { deadLetterTopic: `projects/${project}/topics/lost`, maxDeliveryAttempts: 5 };
  const senders = await pulled({ deadLetterPolicy });
  await senders.ask('PUT', `${topics}/lost`, {});
  await senders.ask('PUT', `${subscriptions}/lost-pull`, { topic: deadLetterPolicy.deadLetterTopic });
  await publish(senders, { data: base64('x') });
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect(await senders.pull()).toMatchObject([{ deliveryAttempt: attempt }]);
    await senders.cloud.time.advance('10s');
  }
  expect(await senders.pull()).toEqual([]);
  const { receivedMessages } = await senders.ask('POST', `${subscriptions}/lost-pull:pull`, { maxMessages: 1 });
  expect(receivedMessages).toMatchObject([
    { message: { data: base64('x'), attributes: { CloudPubSubDeadLetterSourceDeliveryCount: '5' } } },
  ]);
});

test('is refused where it is pushed, to who may not, and where it says nothing', async () => {
  const senders = await pulled();
  await senders.ask('DELETE', `${topics}/news`);
  await pushed(senders);
  expect(await senders.call('POST', `${subscriptions}/news-push:pull`, { maxMessages: 1 })).toMatchObject({
    status: 400,
    body: { error: { status: 'FAILED_PRECONDITION' } },
  });
  const bearer = await senders.tokenOf('ada@example.com');
  for (const method of ['pull', 'acknowledge', 'modifyAckDeadline']) {
    expect(await senders.call('POST', senders.at(method), { maxMessages: 1 }, bearer)).toMatchObject({ status: 403 });
    expect(await senders.call('POST', senders.at(method), {})).toMatchObject({ status: 400 });
    expect(await senders.call('POST', `${subscriptions}/none:${method}`, {})).toMatchObject({ status: 404 });
  }
  for (const maxMessages of [0, -1, 1.5, '1'])
    expect(await senders.call('POST', senders.at('pull'), { maxMessages })).toMatchObject({ status: 400 });
  expect(
    await senders.call('POST', senders.at('modifyAckDeadline'), { ackIds: ['x'], ackDeadlineSeconds: 601 }),
  ).toMatchObject({ status: 400 });
});
