import type { FastifyInstance } from 'fastify';
import type { DecisionLog } from './decision-log.ts';

/** A reader that is this many bytes behind is let go: it can ask again. */
const MOST_BEHIND = 1024 * 1024;

/**
 * `GET /run-edges/v1/decisions`: the newest decisions, newest last, with `?trace=` those
 * of one request; `?follow=1` streams them as server-sent events.
 */
export async function decisionRoutes(app: FastifyInstance, { decisions }: { decisions: DecisionLog }): Promise<void> {
  app.get<{ Querystring: { follow?: string; trace?: string } }>('/run-edges/v1/decisions', async (request, reply) => {
    const { follow, trace } = request.query;
    if (follow !== '1')
      return { decisions: decisions.list().filter((one) => trace === undefined || one.trace === trace) };
    reply.hijack();
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write(': decisions as they are made\n\n');
    for await (const decision of decisions.follow(gone.signal)) {
      reply.raw.write(`data: ${JSON.stringify(decision)}\n\n`);
      if (reply.raw.writableLength > MOST_BEHIND) reply.raw.destroy();
    }
    return reply;
  });
}
