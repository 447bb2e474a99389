import { type FastifyInstance, fastify } from 'fastify';
import { serve } from '../processes/serve.ts';
import { refuseWithoutToken } from './refuse-without-token.ts';
import type { Guard, InboundSettings } from './settings.ts';

const app: FastifyInstance = fastify();

const handlers = {
  /** Serves the route behind a guard; returns its URL. */
  open: async ({
    guard,
    settings,
  }: {
    readonly guard: string;
    readonly settings: InboundSettings;
  }): Promise<string> => {
    const module: { readonly guard: Guard } = await import(`./guards/${guard}.ts`);
    await module.guard(app, settings);
    app.get('/profiles/ada', () => ({ id: 'ada', name: 'Ada Lovelace' }));
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    if (guard !== 'bare') await refuseWithoutToken(`${origin}/profiles/ada`);
    return `${origin}/profiles/ada`;
  },
};
export type RouteServerHandlers = typeof handlers;

serve(handlers, () => app.close());
