import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type AdminCloud,
  type Answer,
  condition,
  isSettled,
  knative,
  namespace,
  preparedCloud,
  v1,
  v2,
} from './admin-cloud.ts';
import { verifies } from './verifies.ts';

const services = `${namespace}/services`;
const soon = { timeout: 25_000, interval: 20 };

/**
 * Answers as it is told: `/set?livez=500` makes `/livez` answer 500 from then on. `/ready` wants a header, and is well
 * from the second time on. A second port takes connections, and speaks gRPC's health checking protocol.
 */
const program = `
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
const id = crypto.randomUUID();
const statuses = {};
const counts = {};
process.on('SIGTERM', () => { console.log('heard SIGTERM'); process.exit(0); });
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x');
  if (pathname === '/set') for (const [name, value] of searchParams) statuses['/' + name] = Number(value);
  counts[pathname] = (counts[pathname] ?? 0) + 1;
  if (pathname === '/ready') response.statusCode = request.headers['x-probe'] === 'yes' && counts[pathname] > 1 ? 204 : 503;
  if (pathname in statuses) response.statusCode = statuses[pathname];
  response.end(JSON.stringify({ id, counts, argv: process.argv.slice(2), env: process.env }));
}).listen(process.env.PORT, '0.0.0.0');
if (process.env.HEALTH_PORT) {
  const health = createHttp2Server();
  health.on('stream', (stream, headers) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const service = Buffer.concat(chunks).subarray(7).toString();
      const known = headers[':path'] === '/grpc.health.v1.Health/Check' && headers['content-type'] === 'application/grpc';
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known && service !== 'unknown' ? '0' : '5' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, service === 'search' ? 1 : 2]));
    });
  });
  health.listen(Number(process.env.HEALTH_PORT), '127.0.0.1');
}
`;

let app: string;
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'run-edges-app-'));
  const scripts = { start: `${process.execPath} app.js` };
  await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(join(app, 'app.js'), program);
  await writeFile(join(app, 'late.js'), `setTimeout(() => import('./app.js'), 600);`);
});
afterAll(() => rm(app, { recursive: true, force: true }));

describe('health checks', () => {
  let admin: AdminCloud;
  const logs: string[] = [];
  beforeAll(async () => {
    admin = await preparedCloud({
      images: { app, elsewhere: 'http://127.0.0.1:9' },
      onLog: ({ line }) => logs.push(line),
    });
  });
  afterAll(() => admin[Symbol.asyncDispose]());

  /** Deploys a service whose container is so, and waits until it is up or has failed. */
  async function deploy(name: string, container: object, how: Record<string, unknown> = {}): Promise<Answer['body']> {
    const { annotations, image = 'app', ...spec } = how;
    const body = knative(name, { serviceAccountName: '' }) as { spec: { template: object } };
    body.spec.template = {
      ...(annotations === undefined ? {} : { metadata: { annotations } }),
      spec: { containers: [{ image, ...container }], ...spec },
    };
    const exists = (await admin.call('GET', `${services}/${name}`)).status === 200;
    const sent = await admin.call(exists ? 'PUT' : 'POST', exists ? `${services}/${name}` : services, body);
    expect(sent, JSON.stringify(sent.body)).toMatchObject({ status: 200 });
    await admin.call('POST', `${v1}/services/${name}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
    });
    return admin.until(`${services}/${name}`, isSettled);
  }
  const newestRevision = async (service: Answer['body']) =>
    (await admin.call('GET', `${namespace}/revisions/${service.status.latestCreatedRevisionName}`)).body;
  async function get(name: string, path = '/'): Promise<Answer> {
    const response = await fetch(`${admin.cloud.service(name).url}${path}`);
    const text = await response.text();
    return { status: response.status, body: response.ok && text !== '' ? JSON.parse(text) : text };
  }
  const set = (name: string, statuses: string) => get(name, `/set?${statuses}`);
  const loggedSince = (from: number) => logs.slice(from).join('\n');

  verifies('probe:default', 'with the container’s port, in v1 and v2', async () => {
    const usual = { timeoutSeconds: 240, periodSeconds: 240, failureThreshold: 1 };
    const bare = await deploy('search', {});
    expect(bare.spec.template.spec.containers[0]).toMatchObject({
      startupProbe: { ...usual, tcpSocket: { port: 8080 } },
    });
    const other = await deploy('search', { ports: [{ containerPort: 9000 }] });
    expect(other.spec.template.spec.containers[0].startupProbe).toEqual({ ...usual, tcpSocket: { port: 9000 } });
    const { body } = await admin.call('GET', `${v2}/services/search`);
    expect(body.template.containers[0].startupProbe).toEqual({ ...usual, tcpSocket: { port: 9000 } });
    expect(condition(other).status).toBe('True');
    // As it was read, with another port: gcloud changes the one and keeps the other.
    const [container] = other.spec.template.spec.containers;
    const moved = await deploy('search', { startupProbe: container.startupProbe, ports: [{ containerPort: 7000 }] });
    expect(condition(moved).status).toBe('True');
  });

  verifies('probe:defaults', 'of what is said of one', async () => {
    const service = await deploy('search', {
      startupProbe: { httpGet: {} },
      livenessProbe: { grpc: { service: 'search' }, periodSeconds: 3600, initialDelaySeconds: 3600 },
      readinessProbe: { httpGet: { path: '/' }, periodSeconds: 20 },
    });
    expect(service.spec.template.spec.containers[0]).toMatchObject({
      startupProbe: { timeoutSeconds: 1, periodSeconds: 10, failureThreshold: 3, httpGet: { path: '/', port: 8080 } },
      livenessProbe: { timeoutSeconds: 1, periodSeconds: 3600, grpc: { port: 8080, service: 'search' } },
      readinessProbe: { timeoutSeconds: 1, periodSeconds: 20, failureThreshold: 3 },
    });
    expect(condition(service).status).toBe('True');
  });

  const http = { httpGet: { path: '/' } };
  test.for([
    ['startupProbe', {}, 'exactly one of'],
    ['startupProbe', { ...http, tcpSocket: {} }, 'exactly one of'],
    ['livenessProbe', { exec: { command: ['true'] } }, 'exec: is not supported'],
    ['startupProbe', { ...http, initialDelaySeconds: 241 }, 'initialDelaySeconds: must be from 0 to 240'],
    ['livenessProbe', { ...http, initialDelaySeconds: 3601 }, 'initialDelaySeconds: must be from 0 to 3600'],
    ['startupProbe', { ...http, periodSeconds: 241 }, 'periodSeconds: must be from 1 to 240'],
    ['livenessProbe', { ...http, periodSeconds: -1 }, 'periodSeconds: must be from 1 to 3600'],
    ['livenessProbe', { ...http, timeoutSeconds: 11 }, 'timeoutSeconds: must not be greater than periodSeconds'],
    ['livenessProbe', { ...http, failureThreshold: -1 }, 'failureThreshold: must be 1 or more'],
    ['startupProbe', { ...http, failureThreshold: 25 }, 'must not exceed 240 seconds'],
    ['livenessProbe', { ...http, successThreshold: 2 }, 'successThreshold: must be 1 if set'],
    ['startupProbe', { tcpSocket: { port: 70_000 } }, 'port must be from 1 to 65535'],
    ['startupProbe', { httpGet: { path: 'ready' } }, 'path: must begin with "/"'],
    ['startupProbe', { httpGet: { path: '/a b' } }, 'path: must begin with "/"'],
    ['startupProbe', { httpGet: { httpHeaders: [{ name: 'X', value: 'a\r\nb' }] } }, 'is no header'],
    ['startupProbe', { httpGet: { host: 'example.com' } }, 'host is not supported'],
    ['startupProbe', { httpGet: { pth: '/' } }, 'Unknown name "pth"'],
  ] as const)('probe:invalid [D] 400 and nothing is made: %j', async ([name, probe, message]) => {
    const container = { image: 'app', [name]: probe };
    const body = knative('bad', { serviceAccountName: '' }) as { spec: { template: { spec: object } } };
    body.spec.template.spec = { containers: [container] };
    // v2 has another spelling of the field.
    const inV2 = message.replace(/^\w+(?=: )/, (field) => field.replaceAll(/[A-Z]/g, (one) => `_${one.toLowerCase()}`));
    const template = { containers: [container] };
    for (const [sent, told] of [
      [admin.call('POST', services, body), message],
      [admin.call('POST', `${v2}/services?serviceId=bad`, { template }), inV2],
    ] as const)
      expect(await sent).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining(told) } },
      });
    expect((await admin.call('GET', `${services}/bad`)).status).toBe(404);
  });
  verifies('probe:invalid', 'and so are those of a declared service’s replacement', async () => {
    const body = knative('search', { serviceAccountName: '' }) as { spec: { template: { spec: object } } };
    body.spec.template.spec = { containers: [{ image: 'app', startupProbe: { grpc: {}, httpGet: {} } }] };
    expect((await admin.call('PUT', `${services}/search`, body)).status).toBe(400);
  });

  verifies('probe:startup', 'by HTTP, with its headers, as often as it may fail', async () => {
    const httpGet = { path: '/ready', httpHeaders: [{ name: 'X-Probe', value: 'yes' }] };
    const probe = { httpGet, periodSeconds: 1, failureThreshold: 60 };
    expect(condition(await deploy('search', { startupProbe: probe })).status).toBe('True');
    // Probes go round the gate.
    expect(admin.cloud.decisions.list().some(({ path }) => path === '/ready')).toBe(false);
    expect((await get('search')).status).toBe(200);
  });

  verifies('probe:startup-failed', 'and the one before goes on', async () => {
    await deploy('search', {});
    const before = (await get('search')).body.id;
    const from = logs.length;
    const startupProbe = { httpGet: { path: '/ready' }, periodSeconds: 1, failureThreshold: 3 };
    const failed = await deploy('search', { startupProbe });
    const message = expect.stringMatching(
      /^Revision 'search-\d{5}-[a-z]{3}' is not ready and cannot serve traffic\. The user-provided container failed the configured startup probe checks\. Logs for this revision might contain more information\. /,
    );
    const reason = 'HealthCheckContainerError';
    for (const type of ['Ready', 'ConfigurationsReady'])
      expect(condition(failed, type)).toMatchObject({ status: 'False', reason, message });
    expect(loggedSince(from)).toContain(
      'STARTUP HTTP probe failed 3 times consecutively for container "search-1" on port 8080 path "/ready". The instance was not started.',
    );
    const revision = await newestRevision(failed);
    expect(condition(revision)).toMatchObject({ status: 'False', reason });
    expect(condition(revision, 'ContainerHealthy')).toMatchObject({ status: 'False', reason });
    expect((await admin.call('GET', `${v2}/services/search`)).body.terminalCondition).toMatchObject({
      state: 'CONDITION_FAILED',
      revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR',
      message,
    });
    expect((await get('search')).body.id).toBe(before);
    expect(failed.status.traffic[0].revisionName).not.toBe(failed.status.latestCreatedRevisionName);
  });

  verifies('probe:default-failed', 'by the port that it was to listen on', async () => {
    const failed = await deploy('deaf', { command: [process.execPath, '-e', 'process.exit(4)'] });
    expect(condition(failed)).toMatchObject({
      status: 'False',
      reason: 'HealthCheckContainerError',
      message: expect.stringMatching(
        /The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout\..* deaf ended at start with exit code 4/,
      ),
    });
  });

  verifies('probe:one-try', 'while a TCP probe goes on until its time is over', async () => {
    const command = [process.execPath, 'late.js'];
    const once = { failureThreshold: 1, periodSeconds: 30, timeoutSeconds: 30 };
    const byHttp = await deploy('late', { command, startupProbe: { ...once, httpGet: { path: '/' } } });
    expect(condition(byHttp)).toMatchObject({
      status: 'False',
      message: expect.stringContaining('Connection failed with status ERROR_CONNECTION_FAILED.'),
    });
    expect(condition(await deploy('late', { command, startupProbe: { ...once, tcpSocket: {} } })).status).toBe('True');
  });

  verifies('probe:ports', 'another than the container’s', async () => {
    // Each revision its own: the one before goes on until the next is up, and both are on this machine.
    let next = 18_000 + Math.floor(Math.random() * 10_000);
    const times = { periodSeconds: 1, failureThreshold: 20 };
    const asked = (probe: (port: number) => object, change: object = {}) => {
      const port = next++;
      const env = [{ name: 'HEALTH_PORT', value: `${port}` }];
      return { env, startupProbe: { ...times, ...probe(port), ...change } };
    };
    const tcp = (port: number) => ({ tcpSocket: { port } });
    expect(condition(await deploy('search', asked(tcp))).status).toBe('True');
    const grpc = (service: string) => (port: number) => ({ grpc: { port, service } });
    expect(condition(await deploy('search', asked(grpc('search')))).status).toBe('True');
    await admin.call('DELETE', `${services}/search`);
    for (const [service, why] of [
      ['', 'It answered that it is not serving.'],
      ['unknown', 'It answered with the gRPC status 5.'],
    ] as const) {
      const failed = await deploy('sick', asked(grpc(service), { failureThreshold: 2 }));
      expect(condition(failed)).toMatchObject({ status: 'False', message: expect.stringContaining(why) });
    }
  });

  verifies('probe:liveness', 'told by SIGTERM, and another one serves', async () => {
    const livenessProbe = { httpGet: { path: '/livez' }, periodSeconds: 1, failureThreshold: 2 };
    await deploy('mortal', { livenessProbe });
    const { body: before } = await get('mortal');
    const from = logs.length;
    await set('mortal', 'livez=500');
    await vi.waitFor(async () => expect((await get('mortal')).body.id ?? before.id).not.toBe(before.id), soon);
    expect(loggedSince(from)).toContain(
      'LIVENESS HTTP probe failed 2 times consecutively for container "mortal-1" on port 8080 path "/livez". The instance has been shut down. It answered 500.',
    );
    await vi.waitFor(() => expect(loggedSince(from)).toContain('heard SIGTERM'), soon);
    // What is below 400 is well.
    const { body: after } = await set('mortal', 'livez=399');
    const probed = after.counts['/livez'] ?? 0;
    await vi.waitFor(async () => expect((await get('mortal')).body.counts['/livez']).toBeGreaterThan(probed + 3), soon);
    expect((await get('mortal')).body.id).toBe(after.id);
  });

  verifies('probe:readiness', 'and it is not ended', async () => {
    const readinessProbe = { httpGet: { path: '/readyz' }, periodSeconds: 1, failureThreshold: 1, successThreshold: 2 };
    await deploy('moody', { readinessProbe });
    const { id } = (await get('moody')).body;
    const { containerUrl } = admin.cloud.service('moody');
    await set('moody', 'readyz=503');
    await vi.waitFor(() => expect(admin.cloud.service('moody').state).toBe('starting'), soon);
    expect(admin.cloud.service('moody').containerUrl).toBeUndefined();
    const waiting = get('moody');
    await fetch(`${containerUrl}/set?readyz=200`);
    expect((await waiting).body.id).toBe(id);
    expect(admin.cloud.service('moody').state).toBe('ready');
  });

  verifies('probe:disabled', 'and the first request finds out', async () => {
    const annotations = { 'run.googleapis.com/health-check-disabled': 'true' };
    const command = [process.execPath, '-e', 'process.exit(5)'];
    const unknown = await deploy('unseen', { command }, { annotations });
    expect(condition(unknown).status).toBe('True');
    expect((await get('unseen')).status).toBe(503);
    const seen = await deploy('unseen', {}, { annotations });
    expect(admin.cloud.service('unseen').state).toBe('stopped');
    expect(condition(seen).status).toBe('True');
    expect((await get('unseen')).status).toBe(200);
    expect((await admin.call('GET', `${v2}/services/unseen`)).body.template.healthCheckDisabled).toBe(true);
  });
});

describe('what runs in a container', () => {
  let admin: AdminCloud;
  const logs: string[] = [];
  beforeAll(async () => {
    admin = await preparedCloud({
      images: { app, elsewhere: 'http://127.0.0.1:9' },
      onLog: ({ line }) => logs.push(line),
    });
  });
  afterAll(() => admin[Symbol.asyncDispose]());
  let count = 0;
  async function deployed(container: object, spec: object = {}): Promise<Answer['body']> {
    const name = `service-${count++}`;
    const body = knative(name) as { spec: { template: { spec: object } } };
    body.spec.template.spec = { containers: [{ image: 'app', ...container }], ...spec };
    expect((await admin.call('POST', services, body)).status).toBe(200);
    await admin.call('POST', `${v1}/services/${name}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
    });
    const service = await admin.until(`${services}/${name}`, isSettled);
    if (condition(service).status !== 'True') return condition(service);
    return (await fetch(admin.cloud.service(name).url)).json();
  }
  const odd = ['a b', "it's", '$HOME', '`id`', '', '--flag=*'];

  verifies('container:command', 'each word as it is, without a shell', async () => {
    expect(await deployed({ command: [process.execPath, 'app.js'], args: odd })).toMatchObject({ argv: odd });
    expect(await deployed({ command: [process.execPath, 'app.js', ...odd] })).toMatchObject({ argv: odd });
  });

  verifies('container:args', 'behind what the image runs by itself', async () => {
    expect(await deployed({ args: odd })).toMatchObject({ argv: odd });
  });

  test('a command that is not there is told, in v1 and v2', async () => {
    const failed = await deployed({ command: ['/app/no-such-server'] });
    expect(failed).toMatchObject({ status: 'False', message: expect.stringContaining('exit code 127') });
    const created = await admin.call('POST', `${v2}/services?serviceId=gone`, {
      template: { containers: [{ image: 'app', command: ['/app/no-such-server'], args: ['x'] }] },
    });
    expect(created.status).toBe(200);
    const service = await admin.until(`${services}/gone`, isSettled);
    expect(condition(service).message).toContain('exit code 127');
  });

  test.for([
    [{ workingDir: '/srv' }, {}, 'The container works in /srv of its image'],
    [{ image: 'elsewhere', command: ['x'] }, {}, 'runs already: nothing is started here'],
    [{ image: 'elsewhere', args: ['x'] }, {}, 'runs already: nothing is started here'],
    [{}, { volumes: [{ name: 'keys', secret: { secretName: 'k' } }] }, 'The volume keys holds a secret'],
  ] as const)('what cannot be done here is refused by name: %j', async ([container, spec, why]) => {
    expect(await deployed(container, spec)).toMatchObject({
      status: 'False',
      reason: 'RevisionFailed',
      message: expect.stringContaining(why),
    });
  });

  test.for([
    [{ envFrom: [{ configMapRef: { name: 'c' } }] }, 'envFrom: is not supported by Cloud Run'],
    [{ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }, 'configMapKeyRef of A is not'],
  ] as const)('what Cloud Run itself does not know is 400: %j', async ([container, why]) => {
    const body = knative('odd') as { spec: { template: { spec: object } } };
    body.spec.template.spec = { containers: [{ image: 'app', ...container }] };
    expect(await admin.call('POST', services, body)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(why) } },
    });
  });

  test('a container that waits for another, which there is not, is 400', async () => {
    const container = { image: 'app', dependsOn: ['sidecar'] };
    const sent = await admin.call('POST', `${v2}/services?serviceId=waits`, { template: { containers: [container] } });
    expect(sent).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('"sidecar"') } } });
  });

  test('a secret volume of v2 is refused, too', async () => {
    const volumes = [{ name: 'keys', secret: { secret: 'k', items: [] } }];
    await admin.call('POST', `${v2}/services?serviceId=locked`, {
      template: { containers: [{ image: 'app' }], volumes },
    });
    const service = await admin.until(`${services}/locked`, isSettled);
    expect(condition(service).message).toContain('The volume keys holds a secret');
    expect((await admin.call('GET', `${v2}/services/locked`)).body.template.volumes).toEqual(volumes);
  });

  test('what is kept and shown alone is told in the log', async () => {
    const from = logs.length;
    const volumeMounts = [{ name: 'cache', mountPath: '/cache' }];
    const volumes = [{ name: 'cache', emptyDir: { medium: 'Memory' } }];
    await deployed({ volumeMounts }, { volumes });
    expect(logs.slice(from)).toContain(
      'run-edges: the volume cache is not mounted: /cache is what this machine has there, if anything.',
    );
  });
});
