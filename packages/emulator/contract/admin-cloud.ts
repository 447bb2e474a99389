import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { expect } from 'vitest';
import { type Cloud, type EmulatorOptions, startEmulator } from '../src/index.ts';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  readonly body: any;
}

/** How a call is made: as the project's owner unless said otherwise. */
export interface How {
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  call(method: string, path: string, body?: unknown, how?: How): Promise<Answer>;
  /** Asks again until the answer is so. */
  until(path: string, so: (body: Answer['body']) => boolean): Promise<Answer['body']>;
  /** An access token of this developer, who owns nothing. */
  tokenOf(email: string): Promise<string>;
  /** The status that a caller gets at the gate of a service. */
  gateStatus(caller: string | undefined, receiver: string): Promise<number>;
  /** What reached the apps, oldest first. */
  readonly seen: readonly { readonly app: string; readonly request: IncomingMessage }[];
}

export const project = 'run-edges-local';
export const emailOf = (id: string): string => `${id}@${project}.iam.gserviceaccount.com`;
export const namespace = `/apis/serving.knative.dev/v1/namespaces/${project}`;
export const v1 = `/v1/projects/${project}/locations/us-central1`;
export const v2 = `/v2/projects/${project}/locations/us-central1`;

const APPS = ['search', 'login', 'other'];

/** An emulator with nothing deployed, whose images `search`, `login` and `other` are servers in this process. */
export async function adminCloud(options: Partial<EmulatorOptions> = {}): Promise<AdminCloud> {
  const seen: { app: string; request: IncomingMessage }[] = [];
  const servers = await Promise.all(
    APPS.map(async (app) => {
      const server = createServer((request, response) => {
        seen.push({ app, request });
        request.resume();
        response.end(app);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return [app, server] as const;
    }),
  );
  const images = servers.map(([app, server]) => [app, `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
  const cloud = await startEmulator({
    edges: parseDeclaration('services: { login: { public: true, calls: [search] }, search: {} }', 'edges.yaml'),
    deployed: false,
    images: Object.fromEntries(images),
    ...options,
  });
  const tokenOf = async (email: string) => {
    const user = await cloud.userCredentials(email);
    const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
    const response = await fetch(`${cloud.url}/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const owner = await tokenOf('developer@example.com');
  const call: AdminCloud['call'] = async (method, path, body, { bearer = owner, headers } = {}) => {
    const response = await fetch(`${cloud.url}${path}`, {
      method,
      headers: {
        ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    cloud,
    call,
    tokenOf,
    seen,
    async until(path, so) {
      for (let tries = 0; tries < 1000; tries++) {
        const { body } = await call('GET', path);
        if (so(body)) return body;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`never so: ${JSON.stringify((await call('GET', path)).body)}`);
    },
    async gateStatus(caller, receiver) {
      const { url } = cloud.service(receiver);
      const headers = caller === undefined ? {} : { authorization: `Bearer ${await cloud.idToken(caller, url)}` };
      const response = await fetch(url, { headers });
      await response.text();
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      for (const [, server] of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** A project with its APIs on and the accounts of these services. */
export async function preparedCloud(options: Partial<EmulatorOptions> = {}): Promise<AdminCloud> {
  const admin = await adminCloud(options);
  const serviceIds = ['run.googleapis.com', 'iam.googleapis.com'];
  await admin.call('POST', `/v1/projects/${project}/services:batchEnable`, { serviceIds });
  for (const accountId of ['search-run', 'login-run'])
    await admin.call('POST', `/v1/projects/${project}/serviceAccounts`, { accountId });
  return admin;
}

/** A service as a YAML file for `gcloud run services replace` might have it. */
export function knative(name: string, change: Readonly<Record<string, unknown>> = {}): object {
  const {
    image = name,
    serviceAccountName = emailOf(`${name}-run`),
    env,
    traffic,
    annotations,
    revision,
    ...spec
  } = change;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: project, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      template: {
        ...(revision === undefined ? {} : { metadata: { name: revision } }),
        spec: { serviceAccountName, containers: [{ image, ...(env === undefined ? {} : { env }) }], ...spec },
      },
      ...(traffic === undefined ? {} : { traffic }),
    },
  };
}

/** Deploys a service, or deploys it anew, and waits until it is as asked for, or has failed. */
export async function deployed(
  admin: AdminCloud,
  name: string,
  change?: Readonly<Record<string, unknown>>,
): Promise<Answer['body']> {
  const services = `${namespace}/services`;
  const there = (await admin.call('GET', `${services}/${name}`)).status === 200;
  const sent = await (there
    ? admin.call('PUT', `${services}/${name}`, knative(name, change))
    : admin.call('POST', services, knative(name, change)));
  expect(sent.status, JSON.stringify(sent.body)).toBe(200);
  return admin.until(`${services}/${name}`, isSettled);
}

export function condition(service: Answer['body'], type = 'Ready'): { status: string; message?: string } {
  return service.status?.conditions?.find((one: { type: string }) => one.type === type) ?? { status: 'none' };
}

export const isReady = (service: Answer['body']): boolean =>
  condition(service).status === 'True' && service.status.observedGeneration === service.metadata.generation;
export const isSettled = (service: Answer['body']): boolean => condition(service).status !== 'Unknown';
