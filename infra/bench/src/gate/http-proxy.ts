import fastifyHttpProxy from '@fastify/http-proxy';
import { type FastifyInstance, fastify } from 'fastify';
import { serve } from '../processes/serve.ts';

const app: FastifyInstance = fastify();

const handlers = {
  open: async (upstream: string): Promise<string> => {
    await app.register(fastifyHttpProxy, { upstream });
    return app.listen({ host: '127.0.0.1', port: 0 });
  },
};
export type HttpProxyHandlers = typeof handlers;

serve(handlers, () => app.close());
