import { errorCodes, type FastifyInstance } from 'fastify';

const JSON_TYPE = /^application\/json(?:\s*;|$)/i;

/** JSON under any name for it. None of these is a type that a page may send without being asked. */
const LIKE_JSON = /^[\w.+-]{1,50}\/(?:[\w.+-]{1,100}[+-])?json(?:\s*;|$)/i;

/** Bodies are `application/json`; those of other types, and of none, are refused with 415, but for routes that read more. */
export function readJsonAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  readAs(app, JSON_TYPE);
}

/** Google's APIs do not mind what JSON is called: `text/json` stands in its own pages. */
export function readWhateverIsLikeJson(app: FastifyInstance): void {
  readAs(app, LIKE_JSON);
  // Java's client names a type for the body that a DELETE has not.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers['content-type'] ?? ''), undefined);
  });
}

function readAs(app: FastifyInstance, type: RegExp): void {
  const asJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(type, { parseAs: 'string' }, (request, body, done) => {
    // Some clients say that they send JSON, and send nothing.
    if (body === '') done(null, undefined);
    else asJson(request, body as string, done);
  });
}
