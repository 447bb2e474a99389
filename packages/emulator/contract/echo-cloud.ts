import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '../src/index.ts';

export interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface EchoCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  /** What reached a service's container, oldest first. */
  seen(service: string): readonly Seen[];
  /** Moves the emulator's clock by this many seconds. */
  pass(seconds: number): void;
  /** Takes a service's container away. */
  kill(service: string): Promise<void>;
}

const edges = `
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search], audiences: ['https://profiles.example.com', plain-string] }
  search: {}
`;

/** The declared three services behind the real gate, each fronting an HTTP server that records what reaches it. */
export async function echoCloud(options: Partial<EmulatorOptions> = {}): Promise<EchoCloud> {
  const reached: Record<string, Seen[]> = { login: [], 'user-profiles': [], search: [] };
  const servers: Record<string, Server> = {};
  const fronts: Record<string, string> = {};
  for (const name of Object.keys(reached)) {
    const server = createServer((request, response) => {
      reached[name]?.push({ url: request.url ?? '', headers: request.headers });
      if (request.url === '/cookie') response.setHeader('set-cookie', 'a=b').setHeader('cache-control', 'public');
      request.resume();
      response.end('from the app');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers[name] = server;
    fronts[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  let clock = Math.floor(Date.now() / 1000);
  const cloud = await startEmulator({
    edges: parseDeclaration(edges, 'edges.yaml'),
    fronts,
    now: () => clock,
    ...options,
  });
  const kill = async (service: string) => {
    servers[service]?.closeAllConnections();
    await new Promise((resolve) => servers[service]?.close(resolve));
  };
  return {
    cloud,
    seen: (service) => reached[service] ?? [],
    pass: (seconds) => {
      clock += seconds;
    },
    kill,
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await Promise.all(Object.keys(servers).map(kill));
    },
  };
}
