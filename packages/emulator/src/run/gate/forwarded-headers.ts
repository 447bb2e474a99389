import type { CallerRequest } from './caller-request.ts';
import type { BearerCredential } from './credentials.ts';
import { SIGNATURE_REMOVED } from './id-token-check.ts';
import type { ResolvedGateSettings } from './settings.ts';
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

/** Not passed on to the container as sent: of this hop, or set by the gate itself whatever the caller sent. */
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

/** Say who asks, for what or under which condition, or how a body is to be read: no trailer may. @see RFC 9110 section 6.5.1 */
const notInTrailers: ReadonlySet<string> = new Set([
  'age',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'server',
  'set-cookie',
  'tracestate',
  'vary',
  'www-authenticate',
]);
const notInTrailersAs = /^(?:if|proxy|sec|x-forwarded|x-goog)-/;

/** Not passed on to the caller. */
const notForCaller: ReadonlySet<string> = new Set([...hopByHop, 'server', 'x-cloud-trace-context']);

const SCHEME = /^[ \t]*bearer[ \t]+/i;

/**
 * The headers as the container sees them, names and values in turn: hop-by-hop and X-Google-* ones removed, the
 * consumed token without its signature, and the front end's own ones added. X-Serverless-Authorization loses its
 * signature on public services too, where nobody checked the token; Authorization stays whole there.
 * @param consumed the token that was verified
 * @see https://docs.cloud.google.com/run/docs/troubleshooting#signature-removed
 */
export function headersForContainer(
  request: CallerRequest,
  trace: Trace,
  consumed: BearerCredential | undefined,
  { serverlessScheme, forwardedProto }: Pick<ResolvedGateSettings, 'serverlessScheme' | 'forwardedProto'>,
): string[] {
  const headers: string[] = [];
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const key = name.toLowerCase();
    if (notForContainer.has(key) || key.startsWith('x-google-')) continue;
    const value = rawHeaders[index + 1] as string;
    const serverless = key === 'x-serverless-authorization';
    const seen = key === consumed?.header ? consumed.stripped : serverless ? withoutSignature(value) : value;
    headers.push(name, serverless && serverlessScheme === 'odd' ? seen.replace(SCHEME, 'bearer  ') : seen);
  }
  // TLS ends before a gate, where it is asked by its production address.
  const scheme = forwardedProto === 'https' || request.socket.encrypted === true ? 'https' : 'http';
  const client = addressOf(request);
  const sent = request.headers['x-forwarded-for'];
  headers.push('x-forwarded-for', sent === undefined ? client : `${sent}, ${client}`);
  headers.push('x-forwarded-proto', scheme);
  headers.push('forwarded', `for="${client.includes(':') ? `[${client}]` : client}";proto=${scheme}`);
  headers.push('x-cloud-trace-context', `${trace.id}/${trace.spanNumber};o=1`);
  headers.push('traceparent', `00-${trace.id}-${trace.span}-01`);
  return headers;
}

/** The peer's address; an IPv4 one as such though the socket takes both. */
export function addressOf(request: CallerRequest): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Whether a header decides who is calling, where a request goes, or where it ends. @param key in lower case */
export function isDecisive(key: string): boolean {
  return notForContainer.has(key) || key.endsWith('authorization') || key.startsWith('x-google-');
}

/** The fields that may follow a body, in either direction. @param sent names and values in turn */
export function trailersOf(sent: readonly string[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let index = 0; index < sent.length; index += 2) {
    const name = sent[index] as string;
    if (mayTrail(name.toLowerCase().replaceAll('_', '-'))) trailers.push([name, sent[index + 1] as string]);
  }
  return trailers;
}

function mayTrail(key: string): boolean {
  return !isDecisive(key) && !notInTrailers.has(key) && !notInTrailersAs.test(key);
}

/** `Bearer HEADER.PAYLOAD.SIGNATURE_REMOVED_BY_GOOGLE`: the third segment goes, the rest stays byte for byte. */
function withoutSignature(value: string): string {
  // Word by word, and part by part: one pattern for all of it would look at a long value once for each of its letters.
  return value.replace(/[^\s,]+/g, (word) => {
    const parts = word.split('.');
    const at = parts.findIndex((part, index) => part !== '' && parts[index + 1] !== '' && index + 2 < parts.length);
    return at < 0 ? word : [...parts.slice(0, at + 2), SIGNATURE_REMOVED].join('.');
  });
}

/**
 * The container's answer headers as the caller sees them, whatever `Connection` names: a Set-Cookie or a
 * WWW-Authenticate is for the caller, and what is of one hop is known. An answer that sets a cookie is private.
 * @param bodiless whether the status has no body, and so no length. RFC 9110 section 8.6
 */
export function headersForCaller(sent: readonly string[], trace: Trace, bodiless: boolean): string[] {
  const headers: string[] = [];
  let setsCookie = false;
  for (let index = 0; index < sent.length; index += 2) {
    const name = sent[index] as string;
    const key = name.toLowerCase();
    if (notForCaller.has(key) || (bodiless && key === 'content-length')) continue;
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
