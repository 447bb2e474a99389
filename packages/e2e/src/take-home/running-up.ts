import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import type { ListedEdges, ListedService } from '@run-edges/emulator';
import { type Running, runEdges } from '../support/command-line.ts';

/** Answers at once with what it is; what a POST sends it answers piece by piece, until the sender has ended. */
export const app = `import { createServer } from 'node:http';
const what = JSON.stringify({ instance: crypto.randomUUID(), env: process.env });
createServer((request, response) => {
  if (request.method !== 'POST') return response.end(what);
  response.write('first ');
  request.resume().on('end', () => response.end('last'));
}).listen(process.env.PORT);
`;

const token = 'a'.repeat(40);

export interface GraphEdge {
  readonly caller: string;
  readonly receiver: string;
  readonly declared: boolean;
  readonly granted: boolean;
}

/** A `run-edges up` that runs, asked as its users ask. */
export interface RunningUp extends AsyncDisposable {
  readonly running: Running;
  readonly url: string;
  readonly file: string;
  printed(): string;
  /** Changes the declaration, as editors do: another file takes its place. */
  edit(change: (edges: string) => string): void;
  services(): Promise<readonly ListedService[]>;
  /** The status of a call, 0 where there is no such gate; `undefined` calls without a token. */
  call(caller: string | undefined, receiver: string, audience?: string): Promise<number>;
  /** Who may call whom by the matrix, and by the picture of the console: `caller receiver`. */
  matrix(): Promise<readonly string[]>;
  picture(): Promise<readonly string[]>;
  /** A request that is at the service, and ends when it is let go. */
  hold(caller: string, receiver: string): Promise<{ end(): Promise<string> }>;
}

export async function runningUp(folder: string, ...args: string[]): Promise<RunningUp> {
  const file = join(folder, 'infra', 'edges.yaml');
  const env = { RUN_EDGES_TOKEN: token };
  const running = runEdges(['up', '--port', '0', ...args], folder, { env });
  let printed = '';
  running.child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  const started = await running.printed('Press Ctrl-C');
  const url = /Google's APIs: (\S+)/.exec(started)?.[1] ?? '';
  const gates = new Map<string, string>();

  async function ask<T>(path: string): Promise<T> {
    return (await (await fetch(`${url}/run-edges/v1/${path}`)).json()) as T;
  }

  async function services(): Promise<readonly ListedService[]> {
    const { services: all } = await ask<{ services: ListedService[] }>('services');
    // Gates stay where they were.
    for (const { name, url } of all) gates.set(name, url);
    return all;
  }

  async function idToken(caller: string, audience: string): Promise<string | undefined> {
    const response = await fetch(`${url}/run-edges/v1/callers/${caller}/id-token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ audience }),
    });
    return response.ok ? ((await response.json()) as { token: string }).token : undefined;
  }

  async function headersOf(caller: string | undefined, audience: string): Promise<Record<string, string>> {
    const given = caller === undefined ? undefined : await idToken(caller, audience);
    return given === undefined ? {} : { authorization: `Bearer ${given}` };
  }

  async function gateOf(receiver: string): Promise<string | undefined> {
    if (!gates.has(receiver)) await services();
    return gates.get(receiver);
  }

  return {
    running,
    url,
    file,
    printed: () => printed,
    edit(change) {
      writeFileSync(`${file}.new`, change(readFileSync(file, 'utf8')));
      renameSync(`${file}.new`, file);
    },
    services,
    async call(caller, receiver, audience) {
      const gate = await gateOf(receiver);
      if (gate === undefined) return 0;
      const response = await fetch(gate, { headers: await headersOf(caller, audience ?? gate) });
      await response.arrayBuffer();
      return response.status;
    },
    async matrix() {
      const { edges } = await ask<ListedEdges>('edges');
      return edges.flatMap(({ caller, receiver, by }) => (by === null ? [] : [`${caller} ${receiver}`]));
    },
    async picture() {
      const { edges } = await ask<{ edges: GraphEdge[] }>('graph');
      return edges.flatMap(({ caller, receiver, declared, granted }) =>
        declared && granted ? [`${caller} ${receiver}`] : [],
      );
    },
    async hold(caller, receiver) {
      const gate = (await gateOf(receiver)) ?? '';
      return held(request(gate, { method: 'POST', headers: await headersOf(caller, gate) }));
    },
    async [Symbol.asyncDispose]() {
      running.child.kill('SIGTERM');
      await running.ended;
    },
  };
}

async function held(sending: ClientRequest): Promise<{ end(): Promise<string> }> {
  const first = Promise.withResolvers<void>();
  const answer = new Promise<string>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
        first.resolve();
      });
      response.on('end', () => {
        resolve(`${response.statusCode} ${body}`);
        first.resolve();
      });
      response.on('error', reject);
    });
  });
  answer.catch(() => first.resolve());
  sending.write('a piece');
  await first.promise;
  return {
    end() {
      sending.end();
      return answer;
    },
  };
}
