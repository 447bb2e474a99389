import { parseDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
import { startTalkService, type TalkService } from './service.ts';

/** A service of gRPC behind its gate, which one may call and another may not. */
export interface TalkCloud extends AsyncDisposable {
  readonly service: TalkService;
  /** What a client of another language is started with: the gate's address, a token that may call, and one that may not. */
  readonly args: readonly [address: string, good: string, foreign: string];
}

export async function startTalkCloud(): Promise<TalkCloud> {
  const service = await startTalkService();
  const cloud = await startEmulator({
    edges: parseDeclaration('services: { caller: { calls: [talk] }, outsider: {}, talk: {} }', 'edges.yaml'),
    fronts: Object.fromEntries(['caller', 'outsider', 'talk'].map((name) => [name, service.url])),
    gate: { services: { talk: { concurrency: 1000, maxInstances: 10 } } },
  });
  const { url } = cloud.service('talk');
  return {
    service,
    args: [new URL(url).host, await cloud.idToken('caller', url), await cloud.idToken('outsider', url)],
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await service[Symbol.asyncDispose]();
    },
  };
}
