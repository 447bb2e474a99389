import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { indexFed } from './support/containers.ts';
import { edgesFile } from './support/repository.ts';

const demo = { DEMO_PEOPLE: '20', DEMO_EMAIL: 'ada@example.com', DEMO_PASSWORD: 'run-edges-demo', LOG_LEVEL: 'debug' };

const lines: { service: string; line: string }[] = [];
let cloud: Cloud;
beforeAll(async () => {
  cloud = await startEmulator({
    edges: edgesFile,
    env: { login: demo, 'user-profiles': demo, search: demo },
    onLog: ({ service, line }) => lines.push({ service, line }),
  });
  await indexFed(cloud);
});
afterAll(() => cloud.stop());

test('one trace goes through all hops, every line is as Cloud Logging reads it, and none holds a secret', async () => {
  const { url } = cloud.service('login');
  const form = await fetch(url);
  const cookies = form.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]);
  const csrf = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? '';
  const signedIn = await fetch(`${url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookies.join('; ') },
    body: new URLSearchParams({ email: demo.DEMO_EMAIL, password: demo.DEMO_PASSWORD, _csrf: csrf }),
  });
  expect(signedIn.status).toBe(303);
  cookies.push(...signedIn.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]));

  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const found = await fetch(`${url}/people?q=engineer`, { headers: { cookie: cookies.join('; '), traceparent } });
  expect(found.status).toBe(200);

  const entries = () => lines.map(({ service, line }) => ({ service, ...JSON.parse(line) }));
  const traced = () =>
    entries().filter((entry) => `${entry['logging.googleapis.com/trace']}`.endsWith(traceId) && entry.httpRequest);
  await expect.poll(() => new Set(traced().map(({ service }) => service)).size).toBe(3);
  for (const entry of traced()) {
    expect(entry).toMatchObject({
      'logging.googleapis.com/spanId': expect.stringMatching(/^[0-9a-f]{16}$/),
      'logging.googleapis.com/trace_sampled': true,
      httpRequest: { requestMethod: 'GET', status: 200, latency: expect.stringMatching(/^\d+\.\d{6}s$/) },
    });
  }
  for (const entry of entries()) {
    expect(entry).toMatchObject({
      severity: expect.stringMatching(/^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      message: expect.any(String),
    });
  }
  const everything = lines.map(({ line }) => line).join('\n');
  const secrets = [demo.DEMO_PASSWORD, csrf, ...cookies.map((cookie) => cookie?.replace(/^[^=]*=/, '') ?? '')];
  for (const secret of secrets) expect(everything).not.toContain(secret);
  // A JWT, whoever's.
  expect(everything).not.toMatch(/eyJ[\w-]{10,}\./);
});
