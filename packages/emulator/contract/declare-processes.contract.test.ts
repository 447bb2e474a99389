import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../src/index.ts';

const says = (word: string) => `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.method === 'GET') return response.end('${word}');
  response.write('${word} ');
  request.resume().on('end', () => response.end('${word}'));
}).listen(process.env.PORT);
`;
const crashes = `console.log('no luck today'); process.exit(3);`;
const hangs = 'setInterval(() => undefined, 60_000);';

/** Two services that really run, from folders whose program can be changed. */
async function processes() {
  const folders = { app: await appFolder(says('one')), other: await appFolder(says('other')) };
  const edges = (more = '') =>
    parseDeclaration(
      `services: { app: { public: true, source: ${folders.app}${more} }, other: { source: ${folders.other} } }`,
      'edges.yaml',
    );
  const cloud = await startEmulator({ edges: edges(), isolation: 'none', startTimeout: 120_000 });
  onTestFinished(() => cloud.stop());
  const { url } = cloud.service('app');
  return {
    cloud,
    edges,
    program: (text: string) => writeFile(join(folders.app, 'app.js'), text),
    get: async () => (await fetch(url)).text(),
    /** Sent in pieces: it ends when it is let go. */
    hold() {
      const { readable, writable } = new TransformStream<Uint8Array>();
      const sender = writable.getWriter();
      void sender.write(new TextEncoder().encode('piece'));
      const answer = fetch(url, { method: 'POST', body: readable, duplex: 'half' } as RequestInit);
      return { begun: answer, end: async () => [await sender.close(), await (await answer).text()][1] };
    },
  };
}

async function appFolder(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-declare-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const scripts = { start: `${process.execPath} app.js` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(join(folder, 'app.js'), program);
  return folder;
}

describe('a service that is deployed anew', () => {
  test('runs its new program, and what was under way ends in the old one', async () => {
    const { cloud, program, get, hold } = await processes();
    const held = hold();
    await held.begun;
    await program(says('two'));
    await cloud.redeploy('app');
    expect(await get()).toBe('two');
    expect(await held.end()).toBe('one one');
  });

  test('runs on as it was where the new program does not come up, and anew when it is mended', async () => {
    const { cloud, program, get } = await processes();
    await program(crashes);
    await expect(cloud.redeploy('app')).rejects.toThrow(/ended at start with exit code 3: no luck today/);
    expect(await get()).toBe('one');
    expect(cloud.service('app').state).toBe('ready');
    await program(says('two'));
    await cloud.redeploy('app');
    expect(await get()).toBe('two');
  });

  test('does not wait for one that never comes up', async () => {
    const { cloud, program, get } = await processes();
    await program(hangs);
    const hanging = cloud.redeploy('app');
    await program(says('two'));
    await cloud.redeploy('app');
    expect(await get()).toBe('two');
    // What came of it is told by what came after it.
    await expect(hanging).resolves.toBeUndefined();
  });

  test('is refused where there is none of this name', async () => {
    const { cloud } = await processes();
    for (const name of ['nobody', '', 'constructor', 'stranger'])
      await expect(cloud.redeploy(name)).rejects.toMatchObject({ code: 'UNKNOWN_PRINCIPAL' });
  });
});

describe('another declaration whose service does not come up', () => {
  test('has the rest, says what is in the way, and the next one mends it', async () => {
    const { cloud, edges, program, get } = await processes();
    await program(crashes);
    const { deploying, settled } = await cloud.declare(edges(', calls: [other]'));
    expect(deploying).toEqual(['app', 'other']);
    const [notUp, ...others] = await settled;
    expect(others).toEqual([]);
    expect(notUp).toMatchObject({ name: 'app', error: { code: 'CRASHED_AT_START' } });
    expect(await get()).toBe('one');
    expect(cloud.policies.read('services/other').bindings.flatMap(({ members }) => members)).toHaveLength(1);
    await program(says('two'));
    expect(await (await cloud.declare(edges(', calls: [other], concurrency: 7'))).settled).toEqual([]);
    expect(await get()).toBe('two');
    expect(cloud.service('app').env).toHaveProperty('OTHER_URL');
  });

  test('a new one that hangs is in nobody’s way: others come up, and it goes when it is declared no more', async () => {
    const { cloud, edges, get } = await processes();
    const folder = await appFolder(hangs);
    const more = edges();
    const [app] = more.services;
    if (app === undefined) throw new Error('no app');
    const { deploying, settled } = await cloud.declare({
      ...more,
      services: [...more.services, { ...app, public: false, name: 'late', serviceAccount: 'late-run', source: folder }],
    });
    expect(deploying).toEqual(['late']);
    expect(await get()).toBe('one');
    expect((await (await cloud.declare(edges(', concurrency: 7'))).settled).map(({ name }) => name)).toEqual([]);
    expect(cloud.services.map(({ name }) => name)).toEqual(['app', 'other']);
    expect(await settled).toEqual([]);
  });

  test('a source that is another makes a new revision; one that says the same makes none', async () => {
    const { cloud, edges, get } = await processes();
    const { deploying } = await cloud.declare(edges());
    expect(deploying).toEqual([]);
    const folder = await appFolder(says('elsewhere'));
    const moved = edges();
    const services = moved.services.map((one) => (one.name === 'app' ? { ...one, source: folder } : one));
    expect(await (await cloud.declare({ ...moved, services })).settled).toEqual([]);
    expect(await get()).toBe('elsewhere');
  });
});
