import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goCaches } from '../real-clients/go-caches.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { clients, findToolchain } from '../real-clients/toolchain.ts';
import { repository } from '../support/repository.ts';
import { findEngine, run } from './engine.ts';
import { freePorts, openStack, type Stack, until } from './stack.ts';

const module = join(clients, 'go');
const env = { ...process.env, ...goCaches };

const engine = await findEngine('a stack of Go services');
const go = await findToolchain({
  name: 'a stack of Go services',
  commands: ['go'],
  manifests: [join(module, 'go.mod'), join(module, 'go.sum')],
  install: [{ command: 'go', args: ['mod', 'download'], cwd: module, env }],
});

describe.skipIf(engine.missing || go.missing)(engine.missing ? engine.title : go.title, () => {
  let folder: string;
  let stack: Stack;
  let port: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-edges-foreign-'));
    await cp(join(repository, 'docs', 'how-to', 'compose'), folder, { recursive: true });
    const args = ['build', '-o', join(folder, 'service'), './service'];
    const built = await runProgram({ command: 'go', args, cwd: module, env, timeout: 300_000 });
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
    await run([...engine.compose, '--file', join(repository, 'docker-compose.yml'), 'build', 'emulator'], {
      timeout: 900_000,
    });

    port = await freePorts(3);
    const file = join(folder, 'docker-compose.yml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('127.0.0.1:8080-8082:', `127.0.0.1:${port}-${port + 2}:`));
    stack = await openStack(engine, { file, folder, services: ['emulator'], api: `http://127.0.0.1:${port}` });
    await stack.up();
  }, 1_200_000);
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }, 120_000);

  const get = async (gate: number) => {
    const response = await fetch(`http://127.0.0.1:${port + gate}/`);
    return { status: response.status, body: await response.text() };
  };

  test('Google’s Go library takes a service over its edge, with its identity and nobody’s help', async () => {
    await until('shop answers', async () => (await get(1)).status === 200);
    expect(await get(1)).toEqual({ status: 200, body: 'tea 7.50\n' });
    const { decisions } = (await (await fetch(`${stack.api}/run-edges/v1/decisions`)).json()) as {
      decisions: object[];
    };
    expect(decisions).toContainEqual(expect.objectContaining({ caller: 'shop', receiver: 'prices', status: 200 }));
  });

  test('nobody else gets there', async () => {
    const refused = await get(2);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('<h1>Error: Forbidden</h1>');
  });
});
