import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tried } from './thief/server.ts';

let folder: string;
let cloud: Cloud;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-thief-'));
  for (const name of ['thief', 'victim'])
    await cp(join(import.meta.dirname, 'thief'), join(folder, name), { recursive: true });
  const command = `'${process.execPath}' --no-warnings server.ts`;
  const edges = `services:\n${['thief', 'victim'].map((name) => `  ${name}: { public: true, source: ${name}, command: "${command}" }`).join('\n')}\n`;
  const file = join(folder, 'edges.yaml');
  await writeFile(file, edges);
  cloud = await startEmulator({ edges: parseDeclaration(edges, file), addresses: 'production' });
});
afterAll(async () => {
  await cloud?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function tryAt(proxy: string): Promise<Tried> {
  const target = new URL(cloud.urlOf('victim')).hostname;
  const asked = new URLSearchParams({ proxy, target });
  const answer = await fetch(`${cloud.service('thief').url}/?${asked}`);
  return (await answer.json()) as Tried;
}
const proxyOf = (name?: string) => new URL(cloud.env(name).HTTPS_PROXY ?? '').host;
const emailOf = (name: string) => cloud.service(name).listed().serviceAccount;

describe('a service that runs here', () => {
  test('has its own identity at its own proxy, and a way', async () => {
    expect(await tryAt(proxyOf('thief'))).toEqual({ plain: emailOf('thief'), tunnel: emailOf('thief'), connect: 200 });
  });

  test.each([
    ['another service', 'victim'],
    ['the stranger', 'stranger'],
    ['the developer', undefined],
  ])('has nothing at the proxy of %s', async (_who, name) => {
    // Where nothing keeps services apart, the line that up prints says so.
    if (!cloud.isolation.apart) return;
    const before = cloud.decisions.list().length;
    const { plain, tunnel, connect } = await tryAt(proxyOf(name));
    expect([plain, tunnel]).not.toContainEqual(expect.stringContaining('@'));
    expect(connect).toBe(403);
    const made = cloud.decisions
      .list()
      .slice(before)
      .filter(({ rule }) => rule === 'not-its-identity');
    expect(made.map(({ caller }) => caller)).toEqual(expect.arrayContaining(['thief']));
  });

  test('reads no key of the authority', async () => {
    if (!cloud.isolation.apart) return;
    const { SSL_CERT_FILE = '' } = cloud.env('victim');
    const read = new URLSearchParams({
      read: JSON.stringify([SSL_CERT_FILE, join(SSL_CERT_FILE, '../../../authority-key.pem')]),
    });
    const answer = await fetch(`${cloud.service('thief').url}/?${read}`);
    expect(await answer.json()).toEqual(['ENOENT', 'ENOENT']);
  });
});
