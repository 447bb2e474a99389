import { GoogleError, invalidField } from '../internal/google-api/google-error.ts';
import { endpointProblem, type FindGate } from './gates.ts';
import { sendableHeaders } from './send.ts';
import { message, text, texts } from './shapes.ts';
import type { Outgoing } from './task.ts';

/** What tasks and jobs say of their request. */
export interface HttpTarget {
  readonly url: string;
  readonly httpMethod: string;
  /** By the names that were given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body?: string;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience?: string };
}

export const oidcTokenShape = message({ serviceAccountEmail: text, audience: text });

/** Of a request, but for the name of its URL. */
export const httpTargetFields = {
  httpMethod: text,
  headers: texts,
  body: text,
  oidcToken: oidcTokenShape,
  oauthToken: {},
} as const;

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
/** Bytes. */
const MOST_BODY = 1_000_000;
const MOST_HEADERS = 80 * 1024;

interface SentTarget {
  readonly url?: string;
  readonly httpMethod?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
  readonly oauthToken?: unknown;
}

/** @param at where it is in the request. @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function readHttpTarget(sent: SentTarget, at: string, urlField: string, findGate: FindGate): HttpTarget {
  const { url = '', httpMethod = 'POST', headers, body = '', oidcToken, oauthToken } = sent;
  if (oauthToken !== undefined)
    throw new GoogleError(
      'UNIMPLEMENTED',
      `${at}.oauth_token is for Google's own APIs, and is not emulated by run-edges: a service takes an oidc_token.`,
    );
  const problem = endpointProblem(url, findGate);
  if (problem !== undefined) throw invalidField(`${at}.${urlField}`, `${problem} It begins with https:// or http://.`);
  const method = httpMethod === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : httpMethod;
  if (!METHODS.has(method)) throw invalidField(`${at}.http_method`, `It is one of ${[...METHODS].join(', ')}.`);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(body)) throw invalidField(`${at}.body`, 'It is base64.');
  if (body !== '' && !WITH_BODY.has(method))
    throw invalidField(`${at}.body`, `A body goes with ${[...WITH_BODY].join(', ')} alone.`);
  const data = Buffer.from(body, 'base64');
  if (data.length > MOST_BODY) throw invalidField(`${at}.body`, `It has at most ${MOST_BODY} bytes.`);
  checkHeaders(headers, at);
  const email = oidcToken?.serviceAccountEmail ?? '';
  if (oidcToken !== undefined && email === '')
    throw invalidField(`${at}.oidc_token.service_account_email`, 'It is the e-mail of a service account.');
  return {
    url,
    httpMethod: method,
    ...(headers === undefined ? {} : { headers }),
    ...(body === '' ? {} : { body: data.toString('base64') }),
    ...(oidcToken === undefined ? {} : { oidcToken: { ...oidcToken, serviceAccountEmail: email } }),
  };
}

function checkHeaders(headers: SentTarget['headers'] = {}, at: string): void {
  const bytes = Object.entries(headers)
    .flat()
    .reduce((sum, one) => sum + Buffer.byteLength(one), 0);
  if (bytes > MOST_HEADERS) throw invalidField(`${at}.headers`, 'They have less than 80 KB.');
  for (const [name, value] of Object.entries(headers))
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e]/.test(value))
      throw invalidField(`${at}.headers`, `${JSON.stringify(name)} is no header that can be sent.`);
}

/** Its request, with what the kind of sender says of itself. @param own by lower-case names */
export function targetRequest(target: HttpTarget, own: Readonly<Record<string, string>>, deadline: number): Outgoing {
  const { url, httpMethod, headers = {}, body, oidcToken } = target;
  const asked = Object.entries(sendableHeaders(headers)).filter(([name]) => !/^x-(?:google|appengine)-/.test(name));
  return {
    url,
    method: httpMethod,
    headers: { ...Object.fromEntries(asked), ...own },
    body: body === undefined ? undefined : Buffer.from(body, 'base64'),
    oidc: oidcToken && {
      serviceAccountEmail: oidcToken.serviceAccountEmail,
      // The URL as it stands: with a query no service takes it.
      audience: oidcToken.audience || url,
    },
    deadline,
  };
}
