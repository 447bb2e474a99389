import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, onRequestAsyncHookHandler } from 'fastify';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { isHeldHere } from '../../run/runtime/connection-holders.ts';

/**
 * Lets nobody on but who sends the developer's token as `Authorization: Bearer`: being on this machine is no proof, the
 * services of the graph are there, too. @throws GoogleError UNAUTHENTICATED
 */
export function developerAlone(token: string): onRequestAsyncHookHandler {
  const expected = digest(token);
  return async ({ headers }, reply) => {
    const [, given = ''] = /^bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (!timingSafeEqual(digest(given), expected)) throw unauthenticated(reply);
  };
}

/**
 * The same; and whoever runs in the emulator's own process, a test say, needs no token: the whole cloud is at hand there.
 * What a gate hands on comes from this process, too, and says `Forwarded`.
 */
export function developerOrOwnProcess(token: string): onRequestAsyncHookHandler {
  const developer = developerAlone(token);
  return async function onRequest(request, reply) {
    const { headers, raw } = request;
    const isBare = headers.authorization === undefined && headers.forwarded === undefined;
    if (!isBare || !isHeldHere(raw.socket)) await developer.call(this, request, reply);
  };
}

function unauthenticated(reply: FastifyReply): GoogleError {
  reply.header('www-authenticate', 'Bearer realm="run-edges"');
  return new GoogleError(
    'UNAUTHENTICATED',
    'This wants the developer’s token as Authorization: Bearer: cloud.developerToken, or what run-edges up keeps for you in ~/.cache/run-edges/HOST-PORT/token; RUN_EDGES_TOKEN sets another.',
  );
}

/** Of one length, whatever is sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
