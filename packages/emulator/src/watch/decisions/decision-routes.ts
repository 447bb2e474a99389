import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Changes } from './changes.ts';
import type { DecisionLog } from './decision-log.ts';

/** Milliseconds that changes are gathered: one deployment makes several. */
const GATHERED_MS = 100;

/** A reader that is this many bytes behind is let go: it can ask again. */
const MOST_BEHIND = 1024 * 1024;

/**
 * `GET /run-edges/v1/decisions`: the newest decisions, newest last, with `?trace=` those
 * of one request; `?follow=1` streams them as server-sent events, with `&changes=1` between events `changed` that say that
 * who may call whom is to be asked for again.
 */
export async function decisionRoutes(
  app: FastifyInstance,
  { decisions, changes }: { decisions: DecisionLog; changes: Pick<Changes, 'onChange'> },
): Promise<void> {
  app.get<{ Querystring: { follow?: string; trace?: string; changes?: string } }>(
    '/run-edges/v1/decisions',
    async (request, reply) => {
      const { follow, trace } = request.query;
      if (follow !== '1')
        return { decisions: decisions.list().filter((one) => trace === undefined || one.trace === trace) };
      reply.hijack();
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      reply.raw.write(': decisions as they are made\n\n');
      if (request.query.changes === '1') tellChanges(reply.raw, changes, gone.signal);
      for await (const decision of decisions.follow(gone.signal)) {
        reply.raw.write(`data: ${JSON.stringify(decision)}\n\n`);
        if (reply.raw.writableLength > MOST_BEHIND) reply.raw.destroy();
      }
      return reply;
    },
  );
}

function tellChanges(stream: ServerResponse, changes: Pick<Changes, 'onChange'>, gone: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  const end = changes.onChange(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      stream.write('event: changed\ndata: {}\n\n');
    }, GATHERED_MS).unref();
  });
  gone.addEventListener('abort', () => {
    clearTimeout(timer);
    end();
  });
}
