import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { createDatabase } from '@run-edges/service/testing/postgres-server';
import { postgresUrl } from '@run-edges/service/testing/test-database';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { edgesFile, repository } from './repository.ts';

/** What a person writes of themselves; what is left out is empty. */
export interface Profile {
  name: string;
  team?: string;
  city?: string;
  skills?: string[];
  bio?: string;
  hidden?: boolean;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect.
  body: any;
}

/** user-profiles and search behind their gates, each a process that a test may end, and login played by the test. */
export interface Directory extends AsyncDisposable {
  cloud: Cloud;
  profiles: AppProcess;
  search: AppProcess;
  /** Calls user-profiles through its gate as login does, for a person. */
  as(person: string, method: 'GET' | 'PUT', path: string, body?: unknown): Promise<Answer>;
  /** Headers of login's calls for a person, as they leave login. */
  headersFor(person: string): Promise<Record<string, string>>;
  /** Resolves when search has been told of everything. */
  indexed(): Promise<void>;
}

/** Every engine that there is to test on. */
export const engines: readonly ('SQLite' | 'PostgreSQL')[] = postgresUrl ? ['SQLite', 'PostgreSQL'] : ['SQLite'];

/** `onDelivery` hears of every change that search has acknowledged, in the order of the acknowledgements. */
export async function startDirectory(
  engine: (typeof engines)[number],
  onDelivery?: (id: string, version: number) => void,
): Promise<Directory> {
  await using cleanUp = new AsyncDisposableStack();
  const database = async (): Promise<Record<string, string>> =>
    engine === 'PostgreSQL' ? { DATABASE_URL: await createDatabase(postgresUrl ?? '') } : {};

  const login = await createLogin();
  const keys = cleanUp.use(
    await listen((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(login.jwks));
    }),
  );
  const [profilesPort, searchPort] = [await freePort(), await freePort()];
  const watched = cleanUp.use(await listen(watch(`http://127.0.0.1:${searchPort}`, onDelivery)));
  const fronts = { login: keys.url, 'user-profiles': `http://127.0.0.1:${profilesPort}`, search: watched.url };
  const cloud = cleanUp.use(await startEmulator({ edges: edgesFile, fronts }));

  const start = async (name: string, port: number) => {
    const env = { ...cloud.service(name).env, ...(await database()), PORT: `${port}`, LOG_LEVEL: 'fatal' };
    const app = cleanUp.use(new AppProcess(name, port, env));
    await app.start();
    return app;
  };
  const search = await start('search', searchPort);
  const profiles = await start('user-profiles', profilesPort);

  const { url } = cloud.service('user-profiles');
  const headersFor = async (person: string) => ({
    'x-serverless-authorization': `Bearer ${await cloud.idToken('login', url)}`,
    authorization: `Bearer ${await login.sign(person)}`,
  });
  const stack = cleanUp.move();
  return {
    cloud,
    profiles,
    search,
    headersFor,
    as: async (person, method, path, body) => {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = {
        ...(await headersFor(person)),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      const response = await fetch(`${url}${path}`, { method, headers, ...json });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      return { status: response.status, body: isJson ? JSON.parse(text) : text };
    },
    indexed: () => until(async () => (await profiles.health())?.pending === 0),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** An app that was built, as a process. */
export class AppProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #port: number;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;

  constructor(name: string, port: number, env: Record<string, string>) {
    this.#name = name;
    this.#port = port;
    this.#env = env;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(repository, 'apps', this.#name, 'dist', 'server.js')], {
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#child = child;
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${this.#name} ended with ${child.exitCode}`);
      return (await this.health()) !== undefined;
    });
  }

  /** Facts of its readiness; undefined while it does not answer, or is not ready. */
  async health(): Promise<{ pending?: number } | undefined> {
    const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    return response?.ok ? ((await response.json()) as { pending?: number }) : undefined;
  }

  /** Resolves when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  /** Runs commands in the app's folder and environment; resolves to what they wrote on standard error. */
  async run(commands: string): Promise<string> {
    const child = spawn('sh', ['-euc', commands], {
      cwd: join(repository, 'apps', this.#name),
      env: { ...this.#env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${commands} ended with ${code}: ${told}`);
    return told;
  }

  /** Stops and resumes it in the middle of whatever it does. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }
}

/** Waits until a condition holds; the test's own time limit ends it. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** login's keys and user tokens. */
async function createLogin() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  return {
    jwks: { keys: [jwk] },
    sign: (person: string) =>
      new SignJWT({ iss: 'login', aud: 'user-profiles', sub: person, email: `${person}@people.example` })
        .setProtectedHeader({ alg: 'ES256', kid: 'test', typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey),
  };
}

/** Stands before search and hears what it acknowledges; while search is down, so is this: connections just end. */
function watch(target: string, onDelivery: (id: string, version: number) => void = () => undefined): RequestListener {
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      const { method = 'GET', url = '/', headers } = request;
      const type = headers['content-type'];
      const answer = await fetch(`${target}${url}`, {
        method,
        headers: { authorization: headers.authorization ?? '', ...(type && { 'content-type': type }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const body = await answer.text();
      if (answer.ok && method !== 'GET') {
        const stored = JSON.parse(body) as Written & { written?: Written[] };
        for (const { id, version, applied } of stored.written ?? [stored]) if (applied) onDelivery(id, version);
      }
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
    } catch {
      request.socket.destroy();
    }
  };
}

interface Written {
  id: string;
  version: number;
  applied: boolean;
}

async function listen(handler: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function freePort(): Promise<number> {
  const server = await listen(() => undefined);
  await server[Symbol.asyncDispose]();
  return Number(new URL(server.url).port);
}
