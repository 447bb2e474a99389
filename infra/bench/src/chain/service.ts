import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { Google } from '../google/google.ts';
import { refuseWithoutToken } from '../inbound/refuse-without-token.ts';
import type { Guard } from '../inbound/settings.ts';
import { GUARDED, OPEN, type PrepareCaller } from '../outbound/settings.ts';
import { serve } from '../processes/serve.ts';

export interface Link {
  readonly google: Google;
  /** File in `inbound/guards`; the first of a chain has none. */
  readonly guard?: string;
  /** File in `outbound/callers`, and the origin that it calls; the last of a chain has none. */
  readonly next?: { readonly caller: string; readonly origin: string };
}

const server = createServer({ keepAliveTimeout: 60_000 });

const handlers = {
  /** A service of a chain: it answers with what the next one says. Returns its origin, which is its audience, too. */
  open: async ({ google, guard, next }: Link): Promise<string> => {
    // Its address is its audience: it listens before it is built.
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const app = fastify({ serverFactory: (handler) => server.on('request', handler) });
    if (guard !== undefined) {
      const module: { readonly guard: Guard } = await import(`../inbound/guards/${guard}.ts`);
      await module.guard(app, { ...google, audience: origin });
    }
    const answer = next === undefined ? async () => ({ id: 'ada', name: 'Ada Lovelace' }) : await callTo(next);
    for (const path of [OPEN, GUARDED]) app.get(path, answer);
    await app.ready();
    if (guard !== undefined) await refuseWithoutToken(origin + GUARDED);
    return origin;
  },
};
export type ChainServiceHandlers = typeof handlers;

async function callTo({ caller, origin }: NonNullable<Link['next']>) {
  const module: { readonly prepare: PrepareCaller } = await import(`../outbound/callers/${caller}.ts`);
  const call = await module.prepare({ origin });
  await call();
  return () => call();
}

serve(handlers, async () => server.close());
