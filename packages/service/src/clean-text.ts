import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Input that is not text: 400 on every route, before anything reads it. */
export class UncleanTextError extends Error {
  override name = 'UncleanTextError';
  readonly code = 'UNCLEAN_TEXT';
  readonly statusCode = 400;
}

// Raw bytes outside printable ASCII do not belong in a request target (RFC 3986 section 2).
const NOT_URI = /[^\x21-\x7e]/;

/** Throws unless percent-encoded text decodes to UTF-8 without NUL. `where` opens the message. */
export function assertCleanEncoded(text: string, where: string): void {
  if (NOT_URI.test(text)) throw new UncleanTextError(`${where} contains characters that must be percent-encoded`);
  if (!text.includes('%')) return;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new UncleanTextError(`${where} is not percent-encoded UTF-8`);
  }
  if (decoded.includes('\0')) throw new UncleanTextError(`${where} contains a NUL character`);
}

/** Throws when a string anywhere in a parsed JSON value holds NUL or half a surrogate pair. */
function assertCleanJson(value: unknown): void {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const item = rest.pop();
    if (typeof item === 'string') {
      if (item.includes('\0')) throw new UncleanTextError('The body contains a NUL character');
      if (!item.isWellFormed()) throw new UncleanTextError('The body contains half a surrogate pair');
    } else if (typeof item === 'object' && item !== null) {
      for (const [key, inner] of Object.entries(item)) rest.push(key, inner);
    }
  }
}

/** Makes an instance refuse broken text in the request target and in JSON bodies, and every other content type. */
export function refuseUncleanText(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    assertCleanEncoded(request.raw.url ?? '', 'The URL');
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      done(new UncleanTextError('The body is not UTF-8'));
      return;
    }
    parse(request, text, (error, value) => {
      if (error) return done(error);
      try {
        // Only an escape can bring NUL or a lone surrogate past the two parsers.
        if (text.includes('\\u')) assertCleanJson(value);
        done(null, value);
      } catch (unclean) {
        done(unclean as Error);
      }
    });
  });
}
