import { ConfigError } from '../errors.ts';
import { hideForms, told } from '../secret-forms.ts';

/** A service that is called: where it is, and what its tokens say. */
export interface Receiver {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What relative paths resolve against. */
  readonly base: URL;
  /** The `aud` of the tokens. */
  readonly audience: string;
}

/** Which hosts may be reached over plain http besides loopback. */
export type PlainHttpHosts = ReadonlySet<string>;

/** Reads where a client calls. The audience defaults to the origin of the URL. */
export function readReceiver(url: string, audience: string | undefined, plainHttpHosts: PlainHttpHosts): Receiver {
  const base = readUrl(url, plainHttpHosts);
  return { origin: base.origin, base, audience: audience === undefined ? audienceOf(base) : checkAudience(audience) };
}

/** Parses a receiver's URL, and refuses what a token must not travel to. */
export function readUrl(url: string, plainHttpHosts: PlainHttpHosts): URL {
  if (!URL.canParse(url)) throw new ConfigError('RUN_AUTH_URL_INVALID', `${told(url)} is not an absolute URL.`);
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    throw new ConfigError('RUN_AUTH_URL_INVALID', `${told(url)} is neither https nor http.`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new ConfigError('RUN_AUTH_URL_INVALID', `The URL of ${told(parsed.host)} holds a user name or password.`);
  if (url.includes('?') || url.includes('#'))
    throw new ConfigError(
      'RUN_AUTH_URL_INVALID',
      `${told(url)} has a query or fragment: neither can be part of an audience (Cloud Run answers such a token with 401).`,
    );
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname) && !plainHttpHosts.has(parsed.hostname))
    throw new ConfigError('RUN_AUTH_URL_INSECURE', `${told(url)} is plain http to a host that is not loopback.`);
  return parsed;
}

/**
 * Whether a URL is one of the receiver's. `origin` alone does not tell: that of a `blob:` is the one of the URL inside. A
 * user name would be a second credential.
 */
export function isAt(url: URL, { base }: Receiver): boolean {
  return url.protocol === base.protocol && url.host === base.host && url.username === '' && url.password === '';
}

/** Scheme, host and port for a message: what else stands in a URL may be secret. */
export function placeOf(url: URL | null): string {
  return url === null ? 'an invalid URL' : `${url.protocol}//${url.host}`;
}

/** Loopback as RFC 6761 section 6.3, RFC 1122 section 3.2.1.3 and RFC 4291 section 2.5.3 say. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/**
 * The audience of a URL: its origin; of a tagged revision (`https://TAG---SERVICE-HASH.a.run.app`) the origin of the
 * service, since Cloud Run takes no token whose audience is the tag's URL.
 * https://cloud.google.com/run/docs/authenticating/service-to-service
 */
function audienceOf(url: URL): string {
  const tag = /^[a-z0-9-]+?---(?<service>.+\.run\.app)$/.exec(url.hostname);
  return tag?.groups?.service === undefined ? url.origin : `https://${tag.groups.service}`;
}

/**
 * A given audience must reach the token endpoint as it is: google-auth-library puts it into the query of the metadata
 * server without encoding it.
 */
export function checkAudience(audience: string): string {
  if (typeof audience !== 'string' || !/^[\x21-\x7e]+$/.test(audience))
    throw new ConfigError(
      'RUN_AUTH_AUDIENCE_INVALID',
      `The audience ${told(audience)} is empty or not printable ASCII.`,
    );
  const broken = /[?#&+%"<>\\^`{|}]/.exec(audience);
  if (broken !== null)
    throw new ConfigError(
      'RUN_AUTH_AUDIENCE_INVALID',
      `The audience ${told(audience)} holds ${JSON.stringify(broken[0])}, which does not survive the way to the metadata server, or makes Cloud Run answer 401.`,
    );
  if (hideForms(audience) !== audience)
    throw new ConfigError(
      'RUN_AUTH_AUDIENCE_INVALID',
      'The audience is a token or a key, and would be told to others.',
    );
  return audience;
}
