import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { expect } from 'vitest';
import { makeIssuer, type OtherIssuer } from '../auth/identities.ts';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { type GoogleByName, googleByName } from '../support/google-by-name.ts';
import { edgesFile } from '../support/repository.ts';
import { toolEnv } from '../support/tool-env.ts';

export type Env = Readonly<Record<string, string>>;

/** What a service's container answers: what reached it. */
export interface Reached {
  readonly service: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The page's reader: has deployed login, user-profiles and search, and meets Google under Google's own names. Commands
 * run as the page has them, with its words in capitals filled in.
 */
export interface Reader extends AsyncDisposable {
  readonly cloud: Cloud;
  /** A folder of the reader's own, gone at the end. */
  readonly folder: string;
  /** Who vouches for programs outside Google Cloud. */
  readonly issuer: OtherIssuer;
  /** The URL as Cloud Run says it: `https://SERVICE-NUMBER.REGION.run.app`. */
  urlOf(service: string): string;
  emailOf(service: string): string;
  /** The environment of the reader at a terminal, signed in to gcloud as the project's owner. */
  atTerminal(): Promise<Env>;
  /** The environment of a service's container. */
  inside(service: string): Promise<Env>;
  /** The environment of a program outside Google Cloud: no metadata server, and this credential file where one is given. */
  outside(credentials?: object): Promise<Env>;
  /** Runs commands in bash. @throws where one fails */
  bash(commands: string, env: Env): Promise<Output>;
}

export async function startReader(): Promise<Reader> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-reader-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const declaration = readDeclaration(edgesFile);
  const issuer = await makeIssuer();
  const fronts: Record<string, string> = {};
  for (const { name } of declaration.services) {
    const server = await echo(name);
    started.defer(() => close(server));
    fronts[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const cloud = started.use(
    await startEmulator({ edges: declaration, fronts, workloadIdentityProviders: [issuer.provider] }),
  );
  const doors = new Map<string, Promise<GoogleByName>>();
  started.defer(async () => {
    for (const door of doors.values()) await (await door)[Symbol.asyncDispose]();
  });
  /** Google as it is met by who has this metadata server. */
  async function door(metadataHost = ''): Promise<GoogleByName> {
    const own = join(folder, `door-${doors.size}`);
    const known = doors.get(metadataHost);
    if (known !== undefined) return known;
    const opened = mkdir(own).then(() =>
      googleByName(() => cloud, { folder: own, ...(metadataHost !== '' && { metadataHost }) }),
    );
    doors.set(metadataHost, opened);
    return opened;
  }
  const plain = { PATH: process.env.PATH ?? '', HOME: folder, CLOUDSDK_CONFIG: join(folder, 'gcloud') };
  let files = 0;
  let terminal: Promise<Env> | undefined;

  const parts = started.move();
  return {
    cloud,
    folder,
    issuer,
    urlOf: (service) => `https://${cloud.service(service).hosts[0]}`,
    emailOf: (service) => cloud.service(service).listed().serviceAccount,
    atTerminal() {
      const options = ['--target', cloud.url, '--folder', join(folder, 'developer')];
      terminal ??= Promise.all([toolEnv(options, { RUN_EDGES_TOKEN: cloud.developerToken }), door()]).then(
        ([tools, { env }]) => ({ ...tools, ...env, HOME: folder }),
      );
      return terminal;
    },
    async inside(service) {
      const { metadataHost } = cloud.service(service).listed();
      return { ...plain, ...cloud.env(service), ...(await door(metadataHost)).env };
    },
    async outside(credentials) {
      const env = { ...plain, ...(await door()).env, METADATA_SERVER_DETECTION: 'none', NO_GCE_CHECK: 'true' };
      if (credentials === undefined) return env;
      const file = join(folder, `credentials-${files++}.json`);
      await writeFile(file, JSON.stringify(credentials));
      return { ...env, GOOGLE_APPLICATION_CREDENTIALS: file };
    },
    async bash(commands, env) {
      const script = `set -euo pipefail\n${commands}`;
      const output = await runProgram({ command: 'bash', args: ['-c', script], cwd: folder, env, timeout: 240_000 });
      expect(output.code, output.stderr).toBe(0);
      return output;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A command of the page with its words in capitals replaced. */
export function fill(command: string, words: Readonly<Record<string, string>>): string {
  const filled = Object.entries(words).reduce((text, [word, value]) => {
    expect(text, 'the page’s command').toContain(word);
    return text.replaceAll(word, value);
  }, command);
  return filled;
}

async function echo(service: string): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    const reached: Reached = { service, path: request.url ?? '', headers: request.headers };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(reached));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
