import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { CallerRequest, CallerResponse } from './caller-request.ts';
import { Http2Request } from './http2/http2-request.ts';
import { type RefusalStatus, refusalPage } from './refusal-pages.ts';

/** What Cloud Run says beside a 401. There is no comma between the two parameters. */
const INVALID_TOKEN = 'Bearer error="invalid_token" error_description="The access token could not be verified"';

/** Answers in plain text: no instance, no proper answer, no answer in time. */
const texts = {
  429: 'Rate exceeded.',
  503: 'Service Unavailable',
  504: 'upstream request timeout',
} as const;

/** Whoever is still sending a body after the answer gets this long to read the answer. */
const LONGEST_REST_MS = 5_000;

/**
 * Answers as Google's front end does; the reason is for the decision log alone. gRPC gets no other answer: its clients make
 * UNAUTHENTICATED of 401 and PERMISSION_DENIED of 403, and one was seen to say so with the page's own type, text/html.
 * @see https://github.com/GoogleCloudPlatform/esp-v2/issues/542
 * @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function sendRefusal(
  request: CallerRequest,
  response: CallerResponse,
  status: RefusalStatus,
  path: string,
): void {
  const headers = { 'content-type': 'text/html; charset=UTF-8' };
  const challenge = status === 401 ? { 'www-authenticate': INVALID_TOKEN } : {};
  send(request, response, status, { ...challenge, ...headers }, refusalPage(status, path));
}

export function sendFailure(request: CallerRequest, response: CallerResponse, status: keyof typeof texts): void {
  send(request, response, status, { 'content-type': 'text/plain' }, texts[status]);
}

/** Answers in place of an answer that failed. One that has begun is broken off, so that nobody takes it for whole. */
export function answerInstead(
  request: CallerRequest,
  response: CallerResponse,
  status: 413 | 500 | keyof typeof texts,
  path: string,
): void {
  try {
    if (response.headersSent) response.destroy();
    else if (status === 413 || status === 500) sendRefusal(request, response, status, path);
    else sendFailure(request, response, status);
  } catch {
    response.destroy();
  }
}

/** What a connection gets that sent no request: a status alone, as node:http has it. */
export function bareAnswer(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nserver: Google Frontend\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
}

function send(
  request: CallerRequest,
  response: CallerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string,
): void {
  // Whoever waits for 100 Continue may or may not send a body after this, and where a malformed request ends, or one
  // without a length, is not sure: the connection cannot go on.
  const last = request.headers.expect !== undefined || status === 400 || status === 411;
  // What could not be written in its place left its reason behind.
  response.statusMessage = '';
  response.writeHead(status, undefined, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    server: 'Google Frontend',
    ...(last ? { connection: 'close' } : {}),
  });
  response.end(body);
  if (request instanceof Http2Request) request.stop();
  else letRestGo(request);
}

/** Discards what is left of a body after its answer, for a bounded time. */
export function letRestGo(request: CallerRequest): void {
  if (request.complete || !hasBody(request)) return;
  request.resume();
  const { socket } = request;
  setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, LONGEST_REST_MS).unref();
}

export function hasBody(request: CallerRequest): boolean {
  if (request instanceof Http2Request) return request.hasBody;
  const { headers } = request;
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && headers['content-length'] !== '0')
  );
}
