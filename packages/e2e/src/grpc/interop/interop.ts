import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { expect } from 'vitest';
import type { Output } from '../../real-clients/run-program.ts';

export const bothAddresses = ['local', 'production'] as const;
export type Addresses = (typeof bothAddresses)[number];

/** Where a client of gRPC's interop tests has to go, and how it may. */
export interface Target {
  readonly host: string;
  readonly port: string;
  readonly tls: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** As the option `additional_metadata` has it; none of nobody. */
  metadata(who: 'caller' | 'outsider' | 'forger'): Promise<string>;
}

/** The interop server of a language as a private service, which one may call and another may not. */
export interface InteropCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly target: Target;
  /** The rules by which requests for the server were decided while a client ran, without repetition. */
  rulesOf(client: () => Promise<Output>): Promise<Output & { readonly rules: readonly string[] }>;
}

/** @param command of a shell, which starts the server at `$PORT` */
export async function startInterop(command: string, addresses: Addresses): Promise<InteropCloud> {
  await using started = new AsyncDisposableStack();
  const other = createServer().listen(0, '127.0.0.1');
  started.defer(() => void other.close());
  await once(other, 'listening');
  const front = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const services = { caller: { calls: ['interop'] }, outsider: {}, interop: { source: '.', command } };
  const cloud = started.use(
    await startEmulator({
      edges: parseDeclaration(JSON.stringify({ services }), `${import.meta.dirname}/edges.yaml`),
      fronts: { caller: front, outsider: front },
      startTimeout: 120_000,
      addresses,
    }),
  );
  const url = new URL(cloud.urlOf('interop'));
  const parts = started.move();
  return {
    cloud,
    target: {
      host: url.hostname,
      port: url.port || '443',
      tls: url.protocol === 'https:',
      env: { PATH: process.env.PATH ?? '', ...cloud.env('caller') },
      async metadata(who) {
        const token = who === 'forger' ? 'a.b.c' : await cloud.idToken(who, url.origin);
        return `authorization:Bearer ${token}`;
      },
    },
    async rulesOf(client) {
      const before = cloud.decisions.list().length;
      const output = await client();
      const made = cloud.decisions.list().slice(before);
      return { ...output, rules: [...new Set(made.map(({ rule }) => rule))] };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A case that is refused fails, and its server is not reached. */
export function expectRefused(output: Output & { readonly rules: readonly string[] }, rule: string): void {
  expect(output.code, output.stdout).not.toBe(0);
  expect(output.rules).toEqual([rule]);
}
