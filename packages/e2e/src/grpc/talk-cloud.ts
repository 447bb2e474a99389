import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { startTalkService, type TalkService } from './service.ts';

/** A service of gRPC behind its gate, which one may call and another may not. */
export interface TalkCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly service: TalkService;
  /** What a client of another language is started with: the gate's address, a token that may call, and one that may not. */
  readonly args: readonly [address: string, good: string, foreign: string];
  /** What it goes by: by production addresses, how they are reached from the caller that may call. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param addresses by production ones a client speaks TLS, inside a tunnel */
export async function startTalkCloud(addresses: 'local' | 'production' = 'local'): Promise<TalkCloud> {
  const service = await startTalkService();
  const cloud = await startEmulator({
    edges: parseDeclaration('services: { caller: { calls: [talk] }, outsider: {}, talk: {} }', 'edges.yaml'),
    fronts: Object.fromEntries(['caller', 'outsider', 'talk'].map((name) => [name, service.url])),
    gate: { services: { talk: { concurrency: 1000, maxInstances: 10 } } },
    addresses,
  });
  const url = cloud.urlOf('talk');
  const { host, protocol } = new URL(url);
  return {
    cloud,
    service,
    args: [
      protocol === 'https:' ? `${host}:443` : host,
      await cloud.idToken('caller', url),
      await cloud.idToken('outsider', url),
    ],
    env: { PATH: process.env.PATH ?? '', ...cloud.env('caller') },
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await service[Symbol.asyncDispose]();
    },
  };
}
