import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { type SmallCloud, startSmallCloud } from '../real-clients/small-cloud.ts';
import { runEdges } from '../support/command-line.ts';
import { toolEnv } from '../support/tool-env.ts';

let small: SmallCloud;
beforeAll(async () => {
  small = await startSmallCloud({ addresses: 'production' });
});
afterAll(() => small[Symbol.asyncDispose]());

/** The command as the developer of an emulator. */
const run = ({ cloud }: SmallCloud, ...args: readonly string[]) =>
  runEdges([...args, '--target', cloud.url], undefined, { env: { RUN_EDGES_TOKEN: cloud.developerToken } }).ended;
const fetchBy = (env: Readonly<Record<string, string | undefined>>, url: string) => {
  const program = 'fetch(process.argv[1]).then(({ status }) => console.log(status))';
  return runProgram({ command: process.execPath, args: ['-e', program, url], env: { PATH: process.env.PATH, ...env } });
};

describe('run-edges ca', () => {
  test('prints the path of the certificate, or all that is known of it', async () => {
    const { code, stdout, stderr } = await run(small, 'ca');
    expect(code, stderr).toBe(0);
    const { subject } = new X509Certificate(await readFile(stdout.trim()));
    expect(subject).toContain('CN=run-edges emulator ');
    const told = JSON.parse((await run(small, 'ca', '--json')).stdout);
    expect(told).toMatchObject({ file: stdout.trim(), permits: expect.arrayContaining(['run.app', 'googleapis.com']) });
    expect(Date.parse(told.ends)).toBeLessThan(Date.now() + 90 * 86_400_000);
    expect(told.certificate).not.toContain('PRIVATE');
  });

  test('another one is trusted by who is started after it, and the one before by nobody', async () => {
    const { cloud } = small;
    const url = cloud.urlOf('login');
    const env = cloud.env('login');
    expect((await fetchBy(env, url)).stdout).toBe('200\n');
    const before = await readFile(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8');
    const { code, stderr } = await run(small, 'ca', '--rotate');
    expect([code, stderr]).toEqual([0, expect.stringContaining('Start again what runs')]);
    expect(await readFile(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8')).not.toBe(before);
    expect((await fetchBy(env, url)).stdout).toBe('200\n');
    expect((await fetchBy({ ...env, NODE_EXTRA_CA_CERTS: '' }, url)).code).not.toBe(0);
  });

  test('by local addresses there is none, and what mends that is told', async () => {
    await using local = await startSmallCloud();
    const { code, stdout, stderr } = await run(local, 'ca');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--addresses production');
    expect(local.cloud.env()).toEqual({});
  });

  test('nobody but the developer is told, or makes another one', async () => {
    for (const [method, path] of [
      ['GET', '/run-edges/v1/authority'],
      ['POST', '/run-edges/v1/authority/rotate'],
    ]) {
      const { status } = await fetch(`${small.cloud.url}${path}`, { method: method ?? '' });
      expect(status).toBe(401);
    }
  });
});

describe('run-edges env', () => {
  test('the developer is who gcloud auth application-default login makes, and Google’s library finds the way', async () => {
    const { cloud, folder } = small;
    const options = ['--target', cloud.url, '--folder', join(folder, 'developer')];
    const env = await toolEnv(options, { RUN_EDGES_TOKEN: cloud.developerToken });
    const credentials = JSON.parse(await readFile(env.GOOGLE_APPLICATION_CREDENTIALS ?? '', 'utf8'));
    expect(Object.keys(credentials).sort()).toEqual(['client_id', 'client_secret', 'refresh_token', 'type']);
    expect(credentials.type).toBe('authorized_user');
    const program = join(import.meta.dirname, 'list-services.ts');
    const args = ['--no-warnings', program, cloud.project.id];
    const { code, stdout, stderr } = await runProgram({ command: process.execPath, args, env });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toContain(cloud.urlOf('search'));
  });

  test('a service is itself, at production addresses', async () => {
    const { cloud, folder } = small;
    const options = ['login', '--target', cloud.url, '--folder', join(folder, 'login')];
    const env = await toolEnv(options, { RUN_EDGES_TOKEN: cloud.developerToken });
    expect(env).toMatchObject({
      HTTPS_PROXY: cloud.env('login').HTTPS_PROXY,
      USER_PROFILES_URL: cloud.urlOf('user-profiles'),
    });
    expect((await fetchBy(env, cloud.urlOf('user-profiles'))).stdout).toBe('403\n');
  });
});

test('exec: a test is told production addresses, and what its programs take them by', async () => {
  const program = 'fetch(process.env.SEARCH_URL).then(({ status }) => console.log(process.env.SEARCH_URL, status))';
  const edges = join(import.meta.dirname, 'exec.yaml');
  const { cloud } = small;
  const options = ['--addresses', 'production', '--edges', edges, '--front', `search=${cloud.service('login').url}`];
  const { code, stdout, stderr } = await runEdges(['exec', ...options, '--', process.execPath, '-e', program]).ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('https://search-100000000001.us-central1.run.app 403\n');
});
