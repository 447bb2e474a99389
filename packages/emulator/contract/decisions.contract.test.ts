import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Decision } from '../src/index.ts';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { dial } from './wire.ts';

async function gatesOf() {
  const gates = await gateCloud({ app: (_request, response) => void response.end() });
  onTestFinished(() => gates[Symbol.asyncDispose]());
  return gates;
}

/** Decisions as they arrive in a stream of events. */
async function* eventsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Decision> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) yield JSON.parse(event.slice('data: '.length));
  }
}

const decisionOf = (path: string): Decision => ({
  time: new Date().toISOString(),
  caller: 'anonymous',
  receiver: 'open',
  method: 'GET',
  path,
  status: 200,
  rule: 'public',
  reason: '',
  mend: '',
  log: '',
  trace: '0'.repeat(32),
});

describe('decisions', () => {
  test('stand in a list, newest last, and never hold a token, a query or a body', async () => {
    const gates = await gatesOf();
    const [, value = ''] = await gates.bearer('open', 'closed');
    await rawRequest(`${gates.url('closed')}/first?key=secret-query`, ['Authorization', value]);
    await fetch(`${gates.url('closed')}/second`, { method: 'POST', body: 'secret-body' });
    const response = await fetch(`${gates.cloud.url}/run-edges/v1/decisions`);
    const text = await response.text();
    const { decisions } = JSON.parse(text) as { decisions: Decision[] };
    expect(decisions.map(({ path, status }) => [path, status])).toEqual([
      ['/first', 200],
      ['/second', 403],
    ]);
    expect(decisions[1]).toMatchObject({
      caller: 'anonymous',
      receiver: 'closed',
      method: 'POST',
      rule: 'no-credentials',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    for (const secret of ['secret-query', 'secret-body', value.split('.')[1] ?? '', value.split('.')[2] ?? ''])
      expect(text).not.toContain(secret);
  });

  test('of one request are found by its trace', async () => {
    const gates = await gatesOf();
    const trace = 'a'.repeat(32);
    await fetch(`${gates.url('closed')}/other`);
    await fetch(`${gates.url('closed')}/this`, { headers: { traceparent: `00-${trace}-${'b'.repeat(16)}-01` } });
    const found = async (query: string) => {
      const response = await fetch(`${gates.cloud.url}/run-edges/v1/decisions?trace=${query}`);
      return ((await response.json()) as { decisions: Decision[] }).decisions.map(({ path }) => path);
    };
    expect(await found(trace)).toEqual(['/this']);
    expect(await found('c'.repeat(32))).toEqual([]);
    expect(await found('')).toEqual([]);
  });

  test('are streamed as they are made with follow=1, to each reader', async () => {
    const gates = await gatesOf();
    const readers = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${gates.cloud.url}/run-edges/v1/decisions?follow=1`);
        expect(response.headers.get('content-type')).toBe('text/event-stream');
        return eventsOf(response.body);
      }),
    );
    for (const path of ['/a', '/b', '/c']) {
      await rawRequest(`${gates.url('open')}${path}`);
      for (const reader of readers) expect((await reader.next()).value).toMatchObject({ path, status: 200 });
    }
    await readers[0]?.return(undefined);
    await rawRequest(`${gates.url('open')}/d`);
    expect((await readers[1]?.next())?.value).toMatchObject({ path: '/d' });
    await readers[1]?.return(undefined);
  });

  test('are the newest thousand, however many there were', async () => {
    const gates = await gatesOf();
    for (let count = 0; count < 5000; count++) gates.cloud.decisions.add(decisionOf(`/${count}`));
    const { decisions } = (await (await fetch(`${gates.cloud.url}/run-edges/v1/decisions`)).json()) as {
      decisions: Decision[];
    };
    expect(decisions).toHaveLength(1000);
    expect(decisions[0]?.path).toBe('/4000');
    expect(decisions.at(-1)?.path).toBe('/4999');
  });

  test('a reader that does not read is let go', async () => {
    const gates = await gatesOf();
    const socket = await dial(gates.cloud.url);
    socket.write(`GET /run-edges/v1/decisions?follow=1 HTTP/1.1\r\nHost: ${new URL(gates.cloud.url).host}\r\n\r\n`);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
    socket.pause();
    const path = `/${'x'.repeat(1000)}`;
    const ended = once(socket, 'close');
    for (let sent = 0; sent < 100_000 && !socket.destroyed; sent++) {
      gates.cloud.decisions.add(decisionOf(path));
      if (sent % 100 === 0) await new Promise(setImmediate);
    }
    socket.resume();
    await ended;
  });

  test('to come can be asked for: who may call whom by the policies of now', async () => {
    const gates = await gatesOf();
    const edges = async () => {
      const response = await fetch(`${gates.cloud.url}/run-edges/v1/edges`);
      const { edges } = (await response.json()) as { edges: { caller: string; receiver: string; by: string | null }[] };
      return Object.fromEntries(edges.map(({ caller, receiver, by }) => [`${caller} -> ${receiver}`, by]));
    };
    const open = `serviceAccount:${gates.cloud.service('open').listed().serviceAccount}`;
    expect(await edges()).toEqual({
      'anonymous -> open': 'allUsers',
      'open -> open': 'allUsers',
      'closed -> open': 'allUsers',
      'stranger -> open': 'allUsers',
      'anonymous -> closed': null,
      'open -> closed': open,
      'closed -> closed': null,
      'stranger -> closed': null,
    });
    gates.cloud.policies.grant('project', 'roles/run.invoker', 'allAuthenticatedUsers');
    gates.cloud.policies.revoke('services/closed', 'roles/run.invoker', open);
    expect(await edges()).toMatchObject({
      'anonymous -> closed': null,
      'open -> closed': 'allAuthenticatedUsers',
      'stranger -> closed': 'allAuthenticatedUsers',
    });
  });

  test('of one cloud are none of another’s', async () => {
    const [one, other] = [await gatesOf(), await gatesOf()];
    await rawRequest(one.url('open'));
    expect(one.cloud.decisions.list()).toHaveLength(1);
    expect(other.cloud.decisions.list()).toEqual([]);
    const [, value = ''] = await one.bearer('open', 'closed');
    expect((await rawRequest(other.url('closed'), ['Authorization', value])).status).toBe(401);
    expect(other.newest()).toMatchObject({ rule: 'unknown-key' });
  });
});
