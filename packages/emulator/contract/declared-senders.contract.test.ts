import { parseDeclaration } from '@run-edges/edges';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { base64, location, project, senderCloud, subscriptions, topics } from './sender-cloud.ts';

const services = 'services: { inbox: {}, outbox: {} }';
const declared = (senders: string) => parseDeclaration(`${services}\nsenders:\n${senders}`, 'edges.yaml');
const news = '  news: { pubsub: { topic: news }, to: inbox, path: /push }\n';
const nightly =
  '  nightly: { scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berlin }, to: inbox, path: /rebuild }\n';
const welcome = '  welcome: { tasks: { queue: welcome, maxConcurrent: 3 }, to: inbox }\n';
const audit =
  '  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: news }, to: inbox, path: /audit }\n';

test('what is declared is there from the start, and calls with accounts of its own', async () => {
  const cloud = await senderCloud({ edges: declared(news + nightly + welcome + audit) });
  const { hosts, url: own } = cloud.cloud.service('inbox');
  const url = `https://${hosts[0]}`;
  const account = (name: string) => `${name}-run@${project}.iam.gserviceaccount.com`;
  expect(await cloud.ask('GET', `${subscriptions}/news`)).toMatchObject({
    topic: `projects/${project}/topics/news`,
    pushConfig: { pushEndpoint: `${url}/push`, oidcToken: { serviceAccountEmail: account('news'), audience: own } },
  });
  expect(await cloud.ask('GET', `/v1/${location}/jobs/nightly`)).toMatchObject({
    schedule: '0 3 * * *',
    timeZone: 'Europe/Berlin',
    httpTarget: { uri: `${url}/rebuild`, oidcToken: { serviceAccountEmail: account('nightly'), audience: own } },
    state: 'ENABLED',
  });
  expect(await cloud.ask('GET', `/v2/${location}/queues/welcome`)).toMatchObject({
    rateLimits: { maxConcurrentDispatches: 3 },
  });
  await cloud.ask('POST', `${topics}/news:publish`, { messages: [{ data: base64('x') }] });
  await cloud.until(2);
  await cloud.cloud.time.advance('24h');
  expect(cloud.arrived.map(({ path }) => path).sort()).toEqual(['/audit', '/push', '/rebuild']);
  // What the service is told as its own URL is what their tokens are for.
  const audiences = cloud.arrived.map(
    ({ headers }) => decodeJwt(`${headers.authorization}`.slice('Bearer '.length)).aud,
  );
  expect(audiences).toEqual([own, own, own]);
  expect(new Set(cloud.cloud.decisions.list().map(({ caller, status }) => `${caller} ${status}`))).toEqual(
    new Set(['news 200', 'audit 200', 'nightly 200']),
  );
});

test('each gets to its receiver alone', async () => {
  const cloud = await senderCloud({ edges: declared(news) });
  const other = cloud.cloud.service('outbox');
  const oidcToken = { serviceAccountEmail: `news-run@${project}.iam.gserviceaccount.com`, audience: other.url };
  await cloud.ask('POST', `${subscriptions}/news:modifyPushConfig`, {
    pushConfig: { pushEndpoint: other.url, oidcToken },
  });
  await cloud.ask('POST', `${topics}/news:publish`, { messages: [{ data: base64('x') }] });
  expect(await cloud.decided(() => true)).toMatchObject({ caller: 'news', receiver: 'outbox', status: 403 });
  expect(cloud.arrived).toEqual([]);
});

test('another declaration takes its place: what is declared no more goes, and what is paused stays so', async () => {
  const cloud = await senderCloud({ edges: declared(news + nightly + welcome + audit) });
  await cloud.ask('POST', `/v2/${location}/queues/welcome:pause`, {});
  await cloud.cloud.declare(declared(welcome.replace('3', '5') + news.replace('/push', '/other')));
  expect(await cloud.ask('GET', `/v2/${location}/queues/welcome`)).toMatchObject({
    rateLimits: { maxConcurrentDispatches: 5 },
    state: 'PAUSED',
  });
  for (const path of [`/v1/${location}/jobs/nightly`, `/v1/${location}/triggers/audit`])
    expect(await cloud.call('GET', path), path).toMatchObject({ status: 404 });
  expect((await cloud.ask('GET', subscriptions)).subscriptions).toMatchObject([
    { pushConfig: { pushEndpoint: expect.stringMatching(/\/other$/) } },
  ]);
  await cloud.cloud.time.advance('24h');
  expect(cloud.arrived).toEqual([]);
});
