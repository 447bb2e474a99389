import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import type { FastifyInstance } from 'fastify';
import { readBytes } from './read-bytes.ts';

const HEADER = 'x-http-method-override';
const MEANT: ReadonlySet<string> = new Set(['DELETE', 'GET', 'PATCH', 'PUT']);
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
/** run-edges' own API is asked for what is meant. */
const OWN = /^\/(?:run-edges(?:\/|$)|$)/;

/**
 * Reads `POST` with `X-HTTP-Method-Override: PATCH` as the `PATCH` that it stands for: Java's HttpURLConnection knows no
 * PATCH, and so each of Google's libraries for Java asks in this way. To be called before a route is looked for.
 * @see https://docs.cloud.google.com/java/docs/reference/google-api-client/latest/com.google.api.client.googleapis.MethodOverride
 */
export function takeMeantMethod(request: IncomingMessage, url: string): void {
  const { [HEADER]: meant } = request.headers;
  if (request.method === 'POST' && typeof meant === 'string' && MEANT.has(meant) && !OWN.test(url))
    request.method = meant;
}

/** A query that is too long for an address comes as the form of a `POST` that means `GET`. */
export function readLongQueries(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, body) => {
    const { [HEADER]: meant, 'content-type': type = '' } = request.headers;
    if (request.method !== 'GET' || meant !== 'GET' || !FORM.test(type)) return body;
    const form = await readBytes(body, reply);
    request.query = { ...(request.query as object), ...parse(form.toString()) };
    return body;
  });
}
