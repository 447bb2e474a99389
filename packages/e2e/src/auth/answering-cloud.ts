import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '@run-edges/emulator';

/** What a container of this cloud answers: whom it was called by, as far as the token says that the gate let through. */
export interface Answer {
  readonly service: string;
  readonly caller: string;
  /** The credential in the Authorization header, without its signature or secret. */
  readonly authorization: string;
}

export interface AnsweringCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  /** The service account of a service, or of the stranger. */
  emailOf(name: string): string;
  /** How many requests have reached the service's container. */
  reached(service: string): number;
}

const edges = `
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search] }
  search: {}
`;

/** The three declared services behind their gates, each an HTTP server that answers who called. */
export async function answeringCloud(options: Partial<EmulatorOptions> = {}): Promise<AnsweringCloud> {
  await using started = new AsyncDisposableStack();
  const reached: Record<string, number> = { login: 0, 'user-profiles': 0, search: 0 };
  const fronts: Record<string, string> = {};
  for (const service of Object.keys(reached)) {
    const server = answering(service, () => {
      reached[service] = (reached[service] ?? 0) + 1;
    });
    started.defer(() => close(server));
    await once(server, 'listening');
    fronts[service] = originOf(server);
  }
  const cloud = started.use(await startEmulator({ edges: parseDeclaration(edges, 'edges.yaml'), fronts, ...options }));
  const parts = started.move();
  return {
    cloud,
    emailOf: (name) => cloud.principals.find((principal) => principal.name === name)?.account.email ?? '',
    reached: (service) => reached[service] ?? 0,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Answers 200, or 404 of its own for `/missing`. */
function answering(service: string, onRequest: () => void): Server {
  return createServer((request, response) => {
    onRequest();
    request.resume();
    const { authorization = '' } = request.headers;
    const serverless = String(request.headers['x-serverless-authorization'] ?? authorization);
    const answer: Answer = { service, caller: emailIn(serverless), authorization: authorization.split('.')[0] ?? '' };
    response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
}

function emailIn(credential: string): string {
  const [, payload = ''] = credential.split('.');
  return payload === '' ? '' : JSON.parse(Buffer.from(payload, 'base64url').toString()).email;
}

export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
