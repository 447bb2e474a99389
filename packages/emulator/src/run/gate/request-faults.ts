import { METHODS } from 'node:http';
import type { CallerRequest } from './caller-request.ts';
import { isDecisive } from './forwarded-headers.ts';
import { Http2Request } from './http2/http2-request.ts';

/** Why a request is refused before anything of it is decided. */
export interface RequestFault {
  readonly status: 400 | 405 | 411 | 417;
  readonly reason: string;
  readonly mend: string;
}

/**
 * What `Connection` may name: what belongs to one hop by its meaning. RFC 9110 section 7.6.1 lets a caller name any
 * other header, too, which the next hop then takes away: the token that was just checked, a proxy's word about who is
 * calling. What Google's front end does about it is not known, so that such a request is refused.
 */
const nameable: ReadonlySet<string> = new Set([
  '',
  'close',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/** Google's front end wants to know where their bodies end, also where there is none. */
const wantsLength: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH']);

const twoReadings = 'Send it as RFC 9112 has it, in one way only.';

/** What is wrong with a request, its target apart: whatever could be read in one way here and in another behind. */
export function faultIn(request: CallerRequest): RequestFault | undefined {
  if (request.method === 'CONNECT') return { status: 405, reason: 'CONNECT is for proxies', mend: 'Ask for a path.' };
  return (request instanceof Http2Request ? faultInHttp2(request) : faultInHttp1(request)) ?? faultInFields(request);
}

function faultInHttp1({ method, httpVersion, headers }: CallerRequest): RequestFault | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return malformed(`HTTP/${httpVersion} is not spoken here`, 'Speak HTTP/1.1.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (httpVersion === '1.0' || coding.toLowerCase() !== 'chunked'))
    return malformed('the body has a transfer coding that is not known here', twoReadings);
  if (wantsLength.has(method) && coding === undefined && headers['content-length'] === undefined)
    return {
      status: 411,
      reason: `${method} has neither a body nor Content-Length: Google’s front end refuses that`,
      mend: "Send Content-Length: 0, as curl does with -d ''.",
    };
  const named = wronglyNamed(headers.connection);
  if (named !== undefined)
    return malformed(`Connection names ${named}, which is not of one hop`, `Name no ${named} in Connection.`);
  return undefined;
}

const methods: ReadonlySet<string> = new Set(METHODS);
/** What a path may have where HTTP/1.1 is to read it, too. @see RFC 3986 section 3.3 */
const writtenPath = /^[\x21-\x7e]+$/;

/** What HTTP/2 bears, and HTTP/1.1 does not. @see RFC 9113 section 8.3.1 */
function faultInHttp2({ method, scheme, url }: Http2Request): RequestFault | undefined {
  if (!methods.has(method)) return malformed('the method is none', 'Ask with a method of HTTP, in capitals.');
  if (scheme !== 'http' && scheme !== 'https')
    return malformed(':scheme is not http or https', 'Ask for http or https.');
  if (!writtenPath.test(url)) return malformed(':path is none', 'Escape what is not ASCII, blanks too.');
  return undefined;
}

function faultInFields(request: CallerRequest): RequestFault | undefined {
  const { headers, rawHeaders, httpVersion } = request;
  const double = doubleOf(rawHeaders);
  if (double !== undefined)
    return malformed(`many servers read ${double} as ${dashed(double)}`, `Send ${dashed(double)}, or another name.`);
  if (headers.expect !== undefined && !waitsForContinue(request) && httpVersion !== '1.0')
    return { status: 417, reason: 'Expect asks for what is not known', mend: 'Expect 100-continue, or nothing.' };
  return undefined;
}

/** Whether the caller sends its body when it is told to. HTTP/1.0 knows no such thing. @see RFC 9110 section 10.1.1 */
export function waitsForContinue({ httpVersion, headers: { expect } }: CallerRequest): boolean {
  return expect !== undefined && httpVersion !== '1.0' && expect.toLowerCase() === '100-continue';
}

function malformed(reason: string, mend: string): RequestFault {
  return { status: 400, reason, mend };
}

function wronglyNamed(connection: string | undefined): string | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  const options = connection.split(',').map((option) => option.trim().toLowerCase());
  return options.find((option) => !nameable.has(option));
}

/** A header that becomes a decisive one where `_` and `-` are the same: in CGI, WSGI, Rack and PHP. @see RFC 3875 section 4.1.18 */
function doubleOf(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.includes('_') && isDecisive(dashed(name))) return name;
  }
  return undefined;
}

function dashed(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
