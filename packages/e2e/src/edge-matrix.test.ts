import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ANONYMOUS, matrix, readDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexFed, notReached, requestsSeen } from './support/containers.ts';
import { edgesFile } from './support/repository.ts';

const cells = matrix(readDeclaration(edgesFile));
const client = new URL('./clients/google-auth.ts', import.meta.url).pathname;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startEmulator({ edges: edgesFile });
  await indexFed(cloud);
});
afterAll(() => cloud.stop());

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function call(caller: string, receiver: string): Promise<Answer> {
  const { url } = cloud.service(receiver);
  if (caller === ANONYMOUS) {
    const response = await fetch(`${url}/health/live`);
    return { status: response.status, body: await response.text() };
  }
  const env = { ...cloud.env(caller), PATH: process.env.PATH };
  const { stdout } = await promisify(execFile)(process.execPath, [client, url], { env });
  return JSON.parse(stdout)[0];
}

test('the declared edges and the public service are all that is allowed', () => {
  const allowed = cells.filter(({ expected }) => expected === 'allowed');
  expect(cells).toHaveLength(15);
  expect(allowed.map(({ caller, receiver }) => `${caller} -> ${receiver}`)).toEqual([
    'anonymous -> login',
    'login -> login',
    'login -> user-profiles',
    'user-profiles -> login',
    'user-profiles -> search',
    'search -> login',
    'stranger -> login',
  ]);
});

describe('allowed edges', () => {
  for (const { caller, receiver } of cells.filter(({ expected }) => expected === 'allowed'))
    test(`${caller} -> ${receiver} reaches the container`, async () => {
      const before = await requestsSeen(cloud, receiver);
      const { status, body } = await call(caller, receiver);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ status: 'ok', service: receiver });
      expect(await requestsSeen(cloud, receiver)).toBe(before + 2);
    });
});

describe('forbidden edges', () => {
  for (const { caller, receiver } of cells.filter(({ expected }) => expected === 'forbidden'))
    test(`${caller} -> ${receiver} gets the gate’s 403 and never reaches the container`, async () => {
      const { status, body } = await notReached(cloud, receiver, () => call(caller, receiver));
      expect(status).toBe(403);
      expect(body).toContain('<h1>Error: Forbidden</h1>');
      expect(cloud.decisions.list().at(-1)).toMatchObject({
        caller,
        receiver,
        status: 403,
        rule: caller === ANONYMOUS ? 'no-credentials' : 'not-an-invoker',
      });
    });
});
