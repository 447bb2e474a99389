import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Decision, ListedService } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, runEdges } from '../support/command-line.ts';
import { emailIn, type Given, type Tried } from './service/attempts.ts';

const source = fileURLToPath(new URL('./service', import.meta.url));
const edges = `services:
  mallory: { public: true, source: ${JSON.stringify(source)} }
  victim: { source: ${JSON.stringify(source)} }
`;

/** What no service but victim may ever hold in its hands. */
const SECRET = 'only-victim-knows-this';

class Graph implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'run-edges-hostile-'));
  readonly #env = { XDG_CACHE_HOME: join(this.folder, 'cache'), RUN_EDGES_TOKEN: undefined };
  readonly #up: Running;
  #given: Given | undefined;
  /** Texts that give somebody away who had got them. */
  secrets: readonly string[] = [];
  printed = '';

  constructor(...options: readonly string[]) {
    writeFileSync(join(this.folder, 'edges.yaml'), edges);
    mkdirSync(join(this.folder, 'state'));
    const state = ['--state', join(this.folder, 'state'), '--env', `victim.SECRET=${SECRET}`];
    const args = ['up', '--edges', join(this.folder, 'edges.yaml'), '--path', '/', '--port', '0', ...state, ...options];
    this.#up = runEdges(args, this.folder, { env: this.#env });
  }

  /** All is up, the developer is signed in, and the attacker is told where everything is. */
  async started(): Promise<this> {
    this.printed = await this.#up.printed('Press Ctrl-C');
    const api = /APIs: (http:\S+)/.exec(this.printed)?.[1] ?? '';
    const signedIn = await runEdges(['env', '--target', api], this.folder, { env: this.#env }).ended;
    expect(signedIn.code, signedIn.stderr).toBe(0);
    const { services } = (await (await fetch(`${api}/run-edges/v1/services`)).json()) as { services: ListedService[] };
    const [own, victim] = services.map(({ url, serviceAccount: email }) => ({ url, email }));
    if (own === undefined || victim === undefined) throw new Error('not up');
    const folders = [join(this.folder, 'state'), join(this.folder, 'cache', 'run-edges')];
    const pids = [this.emulator, ...this.processesOf('victim')];
    const ports = portsOf([...pids, ...this.processesOf('mallory')]);
    this.#given = { api, own, victim, folders, pids, ports, mountNamespace: readlinkSync('/proc/self/ns/mnt') };
    this.secrets = [
      SECRET,
      this.read('cache/run-edges', new URL(api).host.replace(':', '-'), 'token'),
      ...this.#keys(),
    ];
    return this;
  }

  get emulator(): number {
    return this.#up.child.pid ?? 0;
  }

  get given(): Given {
    if (this.#given === undefined) throw new Error('not started');
    return this.#given;
  }

  async attempt(name: string, given: Partial<Given> = {}): Promise<Tried> {
    const body = JSON.stringify({ ...this.given, ...given });
    const response = await fetch(`${this.given.own.url}/${name}`, { method: 'POST', body });
    const tried = (await response.json()) as Tried;
    expect(tried).not.toHaveProperty('failed');
    expect(Object.keys(tried)).not.toEqual([]);
    return tried;
  }

  /** No secret is among what it found. */
  async findsNothing(name: string): Promise<Tried> {
    const tried = await this.attempt(name);
    for (const [what, found] of Object.entries(tried))
      for (const secret of this.secrets) expect(`${found}`.includes(secret), `${what}: ${found}`).toBe(false);
    return tried;
  }

  /** Nothing has changed: the other answers nobody, and its metadata server answers the developer. */
  async unharmed(): Promise<void> {
    const { victim, api } = this.given;
    expect((await fetch(victim.url)).status).toBe(403);
    const listed = (await (await fetch(`${api}/run-edges/v1/services`)).json()) as { services: ListedService[] };
    const { metadataHost } = listed.services.find(({ name }) => name === 'victim') ?? {};
    const identity = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${victim.url}`;
    const token = await (await fetch(identity, { headers: { 'Metadata-Flavor': 'Google' } })).text();
    expect(emailIn(token)).toBe(victim.email);
  }

  async decisions(): Promise<readonly Decision[]> {
    const { decisions } = (await (await fetch(`${this.given.api}/run-edges/v1/decisions`)).json()) as {
      decisions: Decision[];
    };
    return decisions;
  }

  read(...path: readonly string[]): string {
    return readFileSync(join(this.folder, ...path), 'utf8');
  }

  /** Private parts of the emulator's signing keys. */
  #keys(): string[] {
    return [...this.read('state', 'emulator.json').matchAll(/"d":"([^"]+)"/g)].map(([, d = '']) => d);
  }

  /** Ids, as they are outside, of the processes with this service's environment. */
  processesOf(name: string): number[] {
    const pids = execFileSync('ps', ['-eo', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/);
    return pids.map(Number).filter((pid) => {
      try {
        const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return env.includes(`K_SERVICE=${name}`) && env.some((line) => line.startsWith(`STATE_DIR=${this.folder}`));
      } catch {
        return false;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#up.child.kill('SIGTERM');
    await this.#up.ended;
    // To remove what is mounted there would be to remove what it is mounted from.
    if (readFileSync('/proc/self/mountinfo', 'utf8').includes(this.folder))
      throw new Error(`Unmount what is below ${this.folder}.`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ports on which these processes listen. */
function portsOf(pids: readonly number[]): number[] {
  const sockets = new Set(
    pids.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => linkAt(`/proc/${pid}/fd/${fd}`))),
  );
  const rows = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n'));
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === '0A' && sockets.has(`socket:[${inode}]`) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const refused = (tried: Tried, ...statuses: readonly number[]) =>
  expect(Object.entries(tried).filter(([, status]) => !statuses.includes(Number(status)))).toEqual([]);

let graph: Graph;
beforeAll(async () => {
  graph = await new Graph().started();
});
afterAll(() => graph[Symbol.asyncDispose]());

describe('a hostile app in the graph, wherever it runs', () => {
  test('changes nothing by any API, as nobody nor with its own tokens', async () => {
    refused(await graph.attempt('change'), 401, 403);
    await graph.unharmed();
  });

  test('signs in as nobody', async () => {
    refused(await graph.attempt('signIn'), 400);
  });

  test('passes no gate with what it makes up', async () => {
    const tried = await graph.attempt('call');
    for (const [what, status] of Object.entries(tried)) {
      // Under the name of its own gate it reaches itself, which is public.
      if (what.startsWith('its own gate')) expect([200, 401, 403, 404], what).toContain(status);
      else expect(Number(status), what).toBeGreaterThanOrEqual(400);
    }
    await graph.unharmed();
  });

  test('takes no port of the emulator', async () => {
    expect(new Set(Object.values(await graph.attempt('listen')))).toEqual(new Set(['EADDRINUSE']));
  });

  test('is itself, which it may be', async () => {
    expect(await graph.attempt('beItself')).toEqual({ email: graph.given.own.email });
  });

  test('reaches other containers round their gates: this is not kept apart here, as the documents say', async () => {
    expect(Number((await graph.attempt('goRound')).containers)).toBeGreaterThanOrEqual(2);
    const page = readFileSync(new URL('../../../emulator/README.md', import.meta.url), 'utf8');
    expect(page).toContain('**The ports of containers.**');
  });
});

describe('where services have namespaces of their own', () => {
  test.beforeEach(({ skip }) => {
    const [, why] = /services are not kept apart \((.*?)\)/.exec(graph.printed) ?? [];
    skip(why !== undefined, `services are not kept apart on this machine: ${why}`);
  });

  test('that is said at the start', () => {
    expect(graph.printed).toContain('The services are kept apart: ');
  });

  test('a hostile app becomes nobody else, and its tries are told', async () => {
    const tried = await graph.attempt('impersonate');
    const emails = Object.values(tried).map((answer) => (`${answer}`.startsWith('ey') ? emailIn(`${answer}`) : ''));
    expect(new Set(emails)).toEqual(new Set(['', graph.given.own.email]));
    const refusals = Object.values(tried).filter((answer) =>
      `${answer}`.startsWith('This metadata server is for another'),
    );
    // The other's and the stranger's, each by four kinds of process.
    expect(refusals.length).toBeGreaterThanOrEqual(8);
    const told = (await graph.decisions()).filter(({ rule }) => rule === 'not-its-identity');
    expect(told).toContainEqual(
      expect.objectContaining({ caller: 'mallory', receiver: 'victim’s metadata server', status: 403 }),
    );
    expect(told.map(({ caller }) => caller)).toContain('unknown');
    await graph.unharmed();
  });

  test.each(['read', 'uncover', 'look'])('it finds no secret of others: %s', async (name) => {
    await graph.findsNothing(name);
  });

  test('it sees its own processes alone, and no descriptor that was left open', async () => {
    const { processes, 'descriptors that were left open': left } = await graph.attempt('look');
    expect(`${processes}`.split(' ').length).toBeLessThan(8);
    expect(left).toBe('');
  });

  test('it signals nobody, and opens no debugger in the emulator', async () => {
    const { debugger: opened, ...tried } = await graph.attempt('signal');
    expect(opened).toBe('');
    expect(new Set(Object.values(tried))).toEqual(new Set(['ESRCH']));
    await graph.unharmed();
  });

  test('it enters no namespace of others', async () => {
    const others = graph.given.pids.flatMap((pid) =>
      ['user', 'mnt', 'pid'].map((kind) => linkAt(`/proc/${pid}/ns/${kind}`)),
    );
    expect(others).not.toContain('');
    const entered = Object.values(await graph.attempt('enter')).flatMap((links) => `${links}`.split('\n'));
    expect(entered.filter((one) => others.includes(one))).toEqual([]);
  });
});

describe('where they have none', () => {
  test('that is said at the start, and the developer’s token still holds', async () => {
    await using open = await new Graph('--isolation', 'none').started();
    expect(open.printed).toContain('The services are not kept apart (as --isolation none wants it)');
    refused(await open.attempt('change'), 401, 403);
    refused(await open.attempt('signIn'), 400);
    // What the line warns of, so that the attempts above are known to be real ones.
    const emails = Object.values(await open.attempt('impersonate')).map((answer) =>
      emailIn(`${answer}`.startsWith('ey') ? `${answer}` : ''),
    );
    expect(emails).toContain(open.given.victim.email);
    const read = Object.values(await open.attempt('read', { pids: [] })).join('\n');
    for (const secret of open.secrets) expect(read.includes(secret)).toBe(true);
    expect(Object.values(await open.attempt('look')).join('\n')).toContain(SECRET);
  });
});
