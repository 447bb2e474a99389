import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../src/index.ts';

const declared = 'services: { login: { public: true }, search: {} }';
const fronts = { login: 'http://127.0.0.1:9', search: 'http://127.0.0.1:9' };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'run-edges-state-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Changes a policy over and over by the API, and says each change that was acknowledged. */
const writer = (stateDir: string) => `
import { parseDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
const edges = parseDeclaration(${JSON.stringify(declared)}, 'edges.yaml');
const cloud = await startEmulator({ edges, stateDir: ${JSON.stringify(stateDir)}, fronts: ${JSON.stringify(fronts)} });
const user = await cloud.userCredentials('developer@example.com');
const asked = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
const { access_token: token } = await (await fetch(cloud.url + '/token', { method: 'POST', body: asked })).json();
const url = cloud.url + '/v1/projects/run-edges-local/locations/us-central1/services/search:setIamPolicy';
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
for (let count = 1; ; count++) {
  const members = Array.from({ length: 500 }, (_, index) => 'user:m' + index + '-' + count + '@example.com');
  const body = JSON.stringify({ policy: { bindings: [{ role: 'roles/run.invoker', members }] } });
  const { status } = await fetch(url, { method: 'POST', headers, body });
  if (status !== 200) throw new Error('status ' + status);
  console.log(count);
}`;

describe('a state folder', () => {
  test('holds a whole state whenever the emulator is killed, and all that was acknowledged', {
    tags: 'slow',
    timeout: 120_000,
  }, async () => {
    const stateDir = folder();
    const here = new URL('.', import.meta.url).pathname;
    for (let time = 1; time <= 3; time++) {
      const args = ['--conditions=run-edges-source', '--input-type=module', '-e', writer(stateDir)];
      const child = spawn(process.execPath, args, { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      let acknowledged = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged === 7 * time) child.kill('SIGKILL');
      }
      const saved = JSON.parse(readFileSync(join(stateDir, 'emulator.json'), 'utf8'));
      const policy = saved.policies.find(({ resource }: { resource: string }) => resource === 'services/search');
      const { members } = policy.bindings[0] as { members: string[] };
      const writes = new Set(members.map((member) => Number(/-(\d+)@/.exec(member)?.[1])));
      expect(members).toHaveLength(500);
      expect(writes.size).toBe(1);
      expect(Math.max(...writes)).toBeGreaterThanOrEqual(acknowledged);
      await using again = await startEmulator({ edges: parseDeclaration(declared, 'edges.yaml'), stateDir, fronts });
      expect(again.policies.read('services/search').bindings).toEqual(policy.bindings);
    }
  });

  test('that cannot be written to is told at the start', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(
      startEmulator({ edges: parseDeclaration(declared, 'edges.yaml'), stateDir: file, fronts }),
    ).rejects.toMatchObject({ message: expect.stringContaining(file) });
  });

  test('that goes away ends nothing, and is told at the end', async () => {
    const stateDir = join(folder(), 'state');
    const cloud = await startEmulator({ edges: parseDeclaration(declared, 'edges.yaml'), stateDir, fronts });
    // What the start has changed is written by then: a write under way would make the folder again.
    await cloud.rotateKeys();
    rmSync(stateDir, { recursive: true });
    writeFileSync(stateDir, '');
    cloud.policies.grant('services/search', 'roles/run.invoker', 'allUsers');
    expect(cloud.policies.read('services/search').bindings[0]?.members).toContain('allUsers');
    await expect(cloud.stop()).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
  });

  test('keeps no other file of the emulator beside it', async () => {
    const stateDir = folder();
    const cloud = await startEmulator({ edges: parseDeclaration(declared, 'edges.yaml'), stateDir, fronts });
    for (let count = 0; count < 20; count++) {
      cloud.policies.grant('services/search', 'roles/run.invoker', `user:m${count}@example.com`);
      await new Promise(setImmediate);
    }
    await cloud.stop();
    expect(readdirSync(stateDir).filter((name) => name.startsWith('emulator'))).toEqual(['emulator.json']);
  });
});
