import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Input that is not text: 400 on every route, before anything reads it. */
export class UncleanTextError extends Error {
  override name = 'UncleanTextError';
  readonly code = 'UNCLEAN_TEXT';
  readonly statusCode = 400;
  /** Where it is, as a JSON pointer behind the name of the part: `body/skills/0`. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}

// Raw bytes outside printable ASCII do not belong in a request target (RFC 3986 section 2).
const NOT_URI = /[^\x21-\x7e]/;

/** Throws unless percent-encoded text decodes to UTF-8 without NUL. `where` opens the message. */
export function assertCleanEncoded(text: string, where: string, field?: string): void {
  if (NOT_URI.test(text))
    throw new UncleanTextError(`${where} contains characters that must be percent-encoded`, field);
  if (!text.includes('%')) return;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new UncleanTextError(`${where} is not percent-encoded UTF-8`, field);
  }
  if (decoded.includes('\0')) throw new UncleanTextError(`${where} contains a NUL character`, field);
}

/** The same for a request target, whose query is named field by field. */
function assertCleanTarget(target: string): void {
  if (!target.includes('%') && !NOT_URI.test(target)) return;
  const start = target.indexOf('?');
  for (const pair of start < 0 ? [] : target.slice(start + 1).split('&')) {
    const [name = ''] = pair.split('=', 1);
    assertCleanEncoded(pair, 'The URL', /^\w+$/.test(name) ? `querystring/${name}` : undefined);
  }
  assertCleanEncoded(start < 0 ? target : target.slice(0, start), 'The URL');
}

/** Throws when a string anywhere in a parsed JSON value holds NUL or half a surrogate pair. */
function assertCleanJson(body: unknown): void {
  const rest: { value: unknown; field: string }[] = [{ value: body, field: 'body' }];
  for (let item = rest.pop(); item; item = rest.pop()) {
    const { value, field } = item;
    if (typeof value === 'string') {
      if (value.includes('\0')) throw new UncleanTextError('The body contains a NUL character', field);
      if (!value.isWellFormed()) throw new UncleanTextError('The body contains half a surrogate pair', field);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        // A name that is not text is no field: the mistake is where it stands.
        rest.push({ value: key, field }, { value: inner, field: pointerTo(field, key) });
      }
    }
  }
}

/** Fields lie a few levels deep; a pointer into what is deeper would grow with every level. */
function pointerTo(field: string, key: string): string {
  return field.length > 100 ? field : `${field}/${key.slice(0, 50).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Makes an instance refuse broken text in the request target and in JSON bodies, and every other content type. */
export function refuseUncleanText(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    assertCleanTarget(request.raw.url ?? '');
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
