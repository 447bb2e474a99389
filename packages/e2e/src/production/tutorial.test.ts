import { join } from 'node:path';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../compose/stack.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { runEdges } from '../support/command-line.ts';

const edges = join(import.meta.dirname, 'tutorial', 'edges.yaml');

const env = { notes: { EDITOR_UPSTREAM_RENDER_URL: 'https://renderer-100000000001.us-central1.run.app' } };

/** What a browser sends to the page of a service, at its gate here. */
const post = (cloud: Cloud, service: string) =>
  fetch(cloud.service(service).url, { method: 'POST', body: '# Title\n\n**bold**' });

describe('an editor and a private renderer, written for Cloud Run', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startEmulator({ edges, env, addresses: 'production' });
  });
  afterAll(() => cloud?.stop());

  test('work as they are, by the addresses that Cloud Run gives them', async () => {
    const answer = await post(cloud, 'editor');
    expect([answer.status, await answer.text()]).toEqual([200, '<h1>Title</h1>\n\n<strong>bold</strong>']);
    const last = cloud.decisions.list().findLast(({ receiver }) => receiver === 'renderer');
    expect(last).toMatchObject({ caller: 'editor', status: 200, rule: 'invoker' });
    expect(cloud.service('editor').env.EDITOR_UPSTREAM_RENDER_URL).toBe(cloud.urlOf('renderer'));
  });

  test('who has no edge is refused, with the same program', async () => {
    const answer = await post(cloud, 'notes');
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<h1>Error: Forbidden</h1>')]);
    const last = cloud.decisions.list().findLast(({ receiver }) => receiver === 'renderer');
    expect(last).toMatchObject({ caller: 'notes', status: 403, rule: 'not-an-invoker' });
  });

  test('nobody else opens the renderer', async () => {
    const args = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', cloud.urlOf('renderer')];
    const { stdout } = await runProgram({ command: 'curl', args, env: { PATH: process.env.PATH, ...cloud.env() } });
    expect(stdout).toBe('403');
  });
});

test('by the command the same, started from the folder as it is', async () => {
  const port = await freePorts(4);
  const notes = 'notes.EDITOR_UPSTREAM_RENDER_URL=https://renderer-100000000001.us-central1.run.app';
  const args = ['--edges', edges, '--addresses', 'production', '--port', `${port}`, '--env', notes];
  const up = runEdges(['up', ...args]);
  try {
    await up.printed('Press Ctrl-C to stop');
    const answers = ['editor', 'notes', 'renderer'].map(async (_, index) => {
      const answer = await fetch(`http://127.0.0.1:${port + 1 + index}`, { method: 'POST', body: '# Title' });
      return [answer.status, (await answer.text()).includes('<h1>Title</h1>')];
    });
    expect(await Promise.all(answers)).toEqual([
      [200, true],
      [403, false],
      [403, false],
    ]);
  } finally {
    up.child.kill('SIGINT');
    expect((await up.ended).code).toBe(0);
  }
});

test('by local addresses such an editor sends no token, which is what production addresses are for', async () => {
  await using cloud = await startEmulator({ edges, env });
  expect((await post(cloud, 'editor')).status).toBe(403);
  expect(cloud.decisions.list().findLast(({ receiver }) => receiver === 'renderer')).toMatchObject({
    caller: 'anonymous',
    rule: 'no-credentials',
  });
});
