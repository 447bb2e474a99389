import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { onTestFinished } from 'vitest';
import { type Cloud, type Decision, type EmulatorOptions, startEmulator } from '../src/index.ts';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  readonly body: any;
}

/** What reached the receiver's handler, behind its gate. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SenderCloud {
  readonly cloud: Cloud;
  /** A call of Google's API as the project's owner, or by another token; '' for none. */
  call(method: string, path: string, body?: unknown, bearer?: string): Promise<Answer>;
  /** The same, which must succeed. */
  ask(method: string, path: string, body?: unknown): Promise<Answer['body']>;
  tokenOf(email: string): Promise<string>;
  /** A service account of this id, made here. Gives its e-mail. */
  account(id: string): Promise<string>;
  /** Lets an account invoke `inbox`. */
  invoker(email: string): Promise<void>;
  readonly arrived: readonly Arrived[];
  /** What the receiver answers from now on; a list is used up one by one, its last one for the rest. */
  answers(...statuses: number[]): void;
  /** The receiver answers when this says so, from now on. */
  answerWhen(ready: Promise<unknown>): void;
  /** Resolves when so many have arrived. */
  until(count: number): Promise<void>;
  /** Resolves with the first decision that is so. */
  decided(so: (decision: Decision) => boolean): Promise<Decision>;
  /** Asks again until it is so. */
  eventually<T>(look: () => Promise<T> | T, so: (value: T) => boolean): Promise<T>;
  /** `inbox`, as it is called here. */
  readonly url: string;
}

export const project = 'run-edges-local';
export const topics = `/v1/projects/${project}/topics`;
export const subscriptions = `/v1/projects/${project}/subscriptions`;
export const location = `projects/${project}/locations/us-central1`;

/** A private service, `inbox`, that answers in this process, and another one, `outbox`. Gone at the end of the test. */
export async function senderCloud(options: Partial<EmulatorOptions> = {}): Promise<SenderCloud> {
  const arrived: Arrived[] = [];
  const listeners = new Set<() => void>();
  let statuses: readonly number[] = [200];
  let ready: Promise<unknown> = Promise.resolve();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { method = '', url: path = '', headers } = request;
    arrived.push({ method, path, headers, body });
    const [status = 200, ...rest] = statuses;
    if (rest.length > 0) statuses = rest;
    for (const listener of listeners) listener();
    await ready;
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cloud = await startEmulator({
    edges: parseDeclaration('services: { inbox: {}, outbox: {} }', 'edges.yaml'),
    fronts: { inbox: front, outbox: front },
    ...options,
  });
  onTestFinished(async () => {
    await cloud.stop();
    server.closeAllConnections();
    server.close();
  });

  const tokenOf = async (email: string) => {
    const user = await cloud.userCredentials(email);
    const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
    const response = await fetch(`${cloud.url}/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const call: SenderCloud['call'] = async (method, path, body, given) => {
    // A token of its own for each: time is moved on between them.
    const bearer = given ?? (await tokenOf('developer@example.com'));
    const response = await fetch(`${cloud.url}${path}`, {
      method,
      headers: {
        ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const ask: SenderCloud['ask'] = async (...given) => {
    const { status, body } = await call(...given);
    if (status !== 200) throw new Error(`${given[0]} ${given[1]}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  return {
    cloud,
    call,
    ask,
    tokenOf,
    arrived,
    url: cloud.service('inbox').url,
    async account(accountId) {
      const made = await ask('POST', `/v1/projects/${project}/serviceAccounts`, { accountId });
      return made.email;
    },
    async invoker(email) {
      cloud.policies.grant('services/inbox', 'roles/run.invoker', `serviceAccount:${email}`);
    },
    answers(...given) {
      statuses = given;
    },
    answerWhen(given) {
      ready = given;
    },
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (arrived.length < count) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    decided: (so) =>
      new Promise((resolve) => {
        const known = cloud.decisions.list().find(so);
        if (known !== undefined) return resolve(known);
        const end = cloud.decisions.onDecision((decision) => {
          if (!so(decision)) return;
          end();
          resolve(decision);
        });
      }),
    async eventually(look, so) {
      for (let tries = 0; tries < 1000; tries++) {
        const value = await look();
        if (so(value)) return value;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`never so: ${JSON.stringify(await look())}`);
    },
  };
}

/** A topic, `news`, whose messages are pushed to `inbox` as an account that may invoke it, as `news-push`. */
export async function pushed(
  senders: SenderCloud,
  { path = '/push', ...more }: Readonly<Record<string, unknown>> = {},
  invoker = true,
): Promise<string> {
  const email = await senders.account('news-pusher');
  if (invoker) await senders.invoker(email);
  await senders.ask('PUT', `${topics}/news`, {});
  await senders.ask('PUT', `${subscriptions}/news-push`, {
    topic: `projects/${project}/topics/news`,
    pushConfig: {
      pushEndpoint: `${senders.url}${path}`,
      oidcToken: { serviceAccountEmail: email, audience: senders.url },
    },
    ...more,
  });
  return email;
}

export async function publish(senders: SenderCloud, ...messages: object[]): Promise<readonly string[]> {
  return (await senders.ask('POST', `${topics}/news:publish`, { messages })).messageIds;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
