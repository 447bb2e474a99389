import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '@run-edges/emulator';
import { expect } from 'vitest';
import { edgesFile } from '../support/repository.ts';
import type { Output } from './run-program.ts';

/** The declared services behind the emulator's gates, each a few lines that say who they are. */
export interface SmallCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  /** A folder of one's own, gone at the end. */
  readonly folder: string;
  /** The environment of a program that runs as login: PATH and what the emulator says, nothing of this machine. */
  readonly env: Record<string, string>;
  /** The same with no more than these variables to find the metadata server by. */
  envOf(variables: readonly string[]): Record<string, string>;
  /** The environment of a program that has a key file of login instead of a metadata server. */
  keyEnv(): Promise<Record<string, string>>;
  /**
   * login's one edge and a forbidden one, tried at the same time by a program that prints the status and the body:
   * user-profiles answers, search is never reached, and both decisions name the caller.
   */
  expectEdges(call: (url: string) => Promise<Output>, caller?: string): Promise<void>;
}

export async function startSmallCloud(options: Partial<EmulatorOptions> = {}): Promise<SmallCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-clients-'));
  const declaration = readDeclaration(edgesFile);
  const servers = await Promise.all(declaration.services.map(({ name }) => serve(name)));
  const fronts = Object.fromEntries(servers.map(({ name, url }) => [name, url]));
  const cloud = await startEmulator({ edges: declaration, fronts, ...options });
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', ...cloud.env('login') };
  const envOf = (variables: readonly string[]) =>
    Object.fromEntries(['PATH', 'HOME', 'CLOUDSDK_CONFIG', ...variables].map((name) => [name, env[name] ?? '']));

  return {
    cloud,
    folder,
    env,
    envOf,
    async keyEnv() {
      const file = join(folder, 'key.json');
      await writeFile(file, JSON.stringify(await cloud.serviceAccountKey('login')));
      return { ...envOf([]), GOOGLE_APPLICATION_CREDENTIALS: file };
    },
    async expectEdges(call, caller = 'login') {
      const reached = servers.find(({ name }) => name === 'search');
      const before = reached?.requests();
      const [allowed, forbidden] = await Promise.all(
        ['user-profiles', 'search'].map((name) => call(cloud.urlOf(name))),
      );
      expect(allowed, allowed?.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/\b200\b/) });
      expect(allowed?.stdout).toContain('user-profiles was reached');
      expect(forbidden, forbidden?.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/\b403\b/) });
      expect(forbidden?.stdout).toContain('<h1>Error: Forbidden</h1>');
      expect(reached?.requests()).toBe(before);
      const last = (receiver: string) => cloud.decisions.list().findLast((one) => one.receiver === receiver);
      expect(last('user-profiles')).toMatchObject({ caller, status: 200, rule: 'invoker' });
      expect(last('search')).toMatchObject({ caller, status: 403, rule: 'not-an-invoker' });
    },
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      for (const { server } of servers) server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function serve(name: string): Promise<{ name: string; url: string; server: Server; requests(): number }> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.end(`${name} was reached`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { name, url: `http://127.0.0.1:${port}`, server, requests: () => requests };
}
