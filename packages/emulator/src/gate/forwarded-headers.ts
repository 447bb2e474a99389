import type { IncomingMessage } from 'node:http';
import type { BearerCredential } from './credentials.ts';
import { SIGNATURE_REMOVED } from './id-token-check.ts';
import type { Trace } from './trace.ts';

/** Belong to one hop. @see RFC 9110 section 7.6.1 */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Not passed on to the container: of this hop, or set by the gate itself whatever the caller sent. */
const notForContainer: ReadonlySet<string> = new Set([
  ...hopByHop,
  'host',
  'content-length',
  'expect',
  'http2-settings',
  'x-cloud-trace-context',
  'traceparent',
  'x-forwarded-proto',
  'forwarded',
  'x-forwarded-for',
]);

/** Not passed on to the caller. */
const notForCaller: ReadonlySet<string> = new Set([...hopByHop, 'server', 'x-cloud-trace-context']);

/**
 * The headers as the container sees them, names and values in turn: hop-by-hop and X-Google-* ones removed, the
 * consumed token without its signature, and the front end's own ones added. X-Serverless-Authorization loses its
 * signature on public services too, where nobody checked the token; Authorization stays whole there.
 * @param consumed the token that was verified
 * @see https://docs.cloud.google.com/run/docs/troubleshooting#signature-removed
 */
export function headersForContainer(
  request: IncomingMessage,
  trace: Trace,
  consumed: BearerCredential | undefined,
): string[] {
  const headers: string[] = [];
  const { rawHeaders } = request;
  const listed = connectionListed(request.headers.connection);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const key = name.toLowerCase();
    if (notForContainer.has(key) || listed?.has(key) || key.startsWith('x-google-')) continue;
    const value = rawHeaders[index + 1] as string;
    if (key === consumed?.header) headers.push(name, consumed.stripped);
    else headers.push(name, key === 'x-serverless-authorization' ? withoutSignature(value) : value);
  }
  const client = addressOf(request);
  const sent = request.headers['x-forwarded-for'];
  headers.push('x-forwarded-for', sent === undefined ? client : `${sent}, ${client}`);
  headers.push('x-forwarded-proto', 'https');
  headers.push('forwarded', `for="${client.includes(':') ? `[${client}]` : client}";proto=https`);
  headers.push('x-cloud-trace-context', `${trace.id}/${trace.spanNumber};o=1`);
  headers.push('traceparent', `00-${trace.id}-${trace.span}-01`);
  return headers;
}

/** The peer's address; an IPv4 one as such though the socket takes both. */
export function addressOf(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Whether a trailer may follow a body: not what frames, routes or authorizes. @see RFC 9110 section 6.5.1 */
export function mayTrail(name: string): boolean {
  const key = name.toLowerCase();
  return !notForContainer.has(key) && !key.endsWith('authorization') && !key.startsWith('x-google-');
}

/** `Bearer HEADER.PAYLOAD.SIGNATURE_REMOVED_BY_GOOGLE`: the third segment goes, the rest stays byte for byte. */
function withoutSignature(value: string): string {
  return value.replace(/([^\s,.]+\.[^\s,.]+)\.[^\s,]*/g, `$1.${SIGNATURE_REMOVED}`);
}

/** Headers that `Connection` names belong to this hop alone. @see RFC 9110 section 7.6.1 */
function connectionListed(value: string | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}

/** The container's answer headers as the caller sees them. An answer that sets a cookie is private. */
export function headersForCaller(sent: readonly string[], trace: Trace): string[] {
  const headers: string[] = [];
  let setsCookie = false;
  for (let index = 0; index < sent.length; index += 2) {
    const name = sent[index] as string;
    const key = name.toLowerCase();
    if (notForCaller.has(key)) continue;
    if (key === 'set-cookie') setsCookie = true;
    headers.push(name, sent[index + 1] as string);
  }
  const answer = setsCookie ? withoutCaching(headers) : headers;
  answer.push('server', 'Google Frontend', 'x-cloud-trace-context', `${trace.id};o=1`);
  return answer;
}

function withoutCaching(headers: readonly string[]): string[] {
  const kept = headers.filter((_, index) => headers[index & ~1]?.toLowerCase() !== 'cache-control');
  return [...kept, 'cache-control', 'private'];
}
