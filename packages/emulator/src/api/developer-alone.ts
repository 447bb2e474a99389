import { createHash, timingSafeEqual } from 'node:crypto';
import type { onRequestAsyncHookHandler } from 'fastify';
import { GoogleError } from './google-error.ts';

/**
 * Lets nobody on but who sends the developer's token as `Authorization: Bearer`: being on this machine is no proof, the
 * services of the graph are there, too. @throws GoogleError UNAUTHENTICATED
 */
export function developerAlone(token: string): onRequestAsyncHookHandler {
  const expected = digest(token);
  return async ({ headers }, reply) => {
    const [, given = ''] = /^bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (timingSafeEqual(digest(given), expected)) return;
    reply.header('www-authenticate', 'Bearer realm="run-edges"');
    throw new GoogleError(
      'UNAUTHENTICATED',
      'This wants the developer’s token as Authorization: Bearer: cloud.developerToken, or what run-edges up keeps for you in ~/.cache/run-edges/HOST-PORT/token; RUN_EDGES_TOKEN sets another.',
    );
  };
}

/** Of one length, whatever is sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
