import type { FastifyInstance } from 'fastify';

/** Google's APIs read JSON under any name for it. None of these is a type that a page may send without being asked. */
const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]{1,100}\+)?json(?:\s*;|$)/i;

/** Bodies are JSON; those of other types, and of none, are refused with 415, but for routes that read more. */
export function readJsonAlone(app: FastifyInstance): void {
  const asJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (request, body, done) => {
    // Some clients say that they send JSON, and send nothing.
    if (body === '') done(null, undefined);
    else asJson(request, body as string, done);
  });
}
