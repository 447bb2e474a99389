import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Declaration, parseDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, type ListedEdges, type NotUp, startEmulator } from '../src/index.ts';
import { rawRequest } from './raw-request.ts';

/** A cloud whose declaration is another one after another, with one app behind every gate. */
export interface DeclaringCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  /** Declares this YAML, and waits until what it brings about is up or failed. Gives what failed. */
  declare(edges: string): Promise<readonly NotUp[]>;
  /** A declaration that this YAML says. */
  read(edges: string): Declaration;
  /** The status of a call through the receiver's gate; `undefined` calls without a token. */
  call(caller: string | undefined, receiver: string, audience?: string): Promise<number>;
  /** Who may call whom, as `/run-edges/v1/edges` says it: `caller receiver`. */
  allowed(): Promise<string[]>;
  /** The policies of services, by name. */
  policies(): Record<string, readonly object[]>;
}

export interface DeclaringOptions extends Partial<Omit<EmulatorOptions, 'edges'>> {
  readonly app?: RequestListener;
}

export const names = ['login', 'user-profiles', 'search', 'mail', 'billing', 'audit'];

const read = (edges: string) => parseDeclaration(edges, 'edges.yaml');

export async function declaringCloud(
  edges: string,
  { app, ...options }: DeclaringOptions = {},
): Promise<DeclaringCloud> {
  const server: Server = createServer(app ?? ((_request, response) => response.end('in'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cloud = await startEmulator({
    edges: read(edges),
    images: Object.fromEntries(names.map((name) => [name, address])),
    ...options,
  });
  const url = (receiver: string) => [...cloud.services, ...cloud.external].find(({ name }) => name === receiver)?.url;
  return {
    cloud,
    read,
    declare: async (next) => (await cloud.declare(read(next))).settled,
    async call(caller, receiver, audience) {
      const at = url(receiver) ?? '';
      const token = caller === undefined ? undefined : await cloud.idToken(caller, audience ?? at);
      const headers = token === undefined ? [] : ['Authorization', `Bearer ${token}`];
      return (await rawRequest(`${at}/`, headers)).status;
    },
    async allowed() {
      const { edges } = (await (await fetch(`${cloud.url}/run-edges/v1/edges`)).json()) as ListedEdges;
      return edges.flatMap(({ caller, receiver, by }) => (by === null ? [] : [`${caller} ${receiver}`]));
    },
    policies: () =>
      Object.fromEntries([...cloud.policies.entries()].map(([resource, { bindings }]) => [resource, bindings])),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
