import { SIGNATURE_REMOVED } from './id-token-check.ts';

/** The header whose token the gate consumes. */
export type CredentialHeader = 'authorization' | 'x-serverless-authorization';

/** One token, as a caller sent it. */
export interface BearerCredential {
  readonly kind: 'bearer';
  readonly header: CredentialHeader;
  readonly token: string;
  /** The header's value as the container sees it once the token was consumed: without the signature. */
  readonly stripped: string;
}

export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly header: CredentialHeader }
  | { readonly kind: 'not-bearer'; readonly header: CredentialHeader }
  | BearerCredential;

const none: Credential = { kind: 'none' };
const names = ['x-serverless-authorization', 'authorization'] as const;

/** A caller sends the same header over and over: what was read of it is remembered, for this many of them. */
const MOST_REMEMBERED = 1000;
/** Longer ones are none of Google's. */
const LONGEST_REMEMBERED = 8192;

/** Reads the credential of a request. @param rawHeaders names and values in turn */
export type CredentialReader = (rawHeaders: readonly string[]) => Credential;

/**
 * The credential that Cloud Run looks at: X-Serverless-Authorization where it is present, whatever it holds, and
 * Authorization otherwise. Two headers of the name, or two tokens in one, are refused.
 * `IncomingMessage.headers` would drop repeated ones.
 * @see https://docs.cloud.google.com/run/docs/authenticating/service-to-service
 */
export function createCredentialReader(): CredentialReader {
  const remembered = new Map<string, BearerCredential>();
  // To compare with the last one is quicker than to look it up: a lookup hashes the whole text.
  let last: { readonly value: string; readonly credential: BearerCredential } | undefined;

  function parse(value: string, header: CredentialHeader): Credential {
    if (value === last?.value && header === last.credential.header) return last.credential;
    const known = remembered.get(value);
    const credential = known?.header === header ? known : parseBearer(value, header);
    if (credential.kind !== 'bearer' || value.length > LONGEST_REMEMBERED) return credential;
    last = { value, credential };
    if (credential === known) return credential;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(value, credential);
    return credential;
  }

  return (rawHeaders) => read(rawHeaders, parse);
}

function read(
  rawHeaders: readonly string[],
  parse: (value: string, header: CredentialHeader) => Credential,
): Credential {
  for (const header of names) {
    let value: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string;
      if (name.length !== header.length || name.toLowerCase() !== header) continue;
      if (value !== undefined) return { kind: 'several', header };
      value = rawHeaders[index + 1] as string;
    }
    if (value !== undefined) return parse(value, header);
  }
  return none;
}

/** RFC 6750 section 2.1. Blanks and tabs alone separate: what else Unicode takes for a space has another reading elsewhere. */
const oneToken = /^[ \t]*bearer[ \t]+([^ \t,]+)[ \t]*$/i;
const moreTokens = /^[ \t]*bearer[ \t]+[^ \t,]+[ \t,]/i;
const nothing = /^[ \t]*$/;

function parseBearer(value: string, header: CredentialHeader): Credential {
  const token = oneToken.exec(value)?.[1];
  if (token !== undefined) return bearer(value, header, token);
  if (nothing.test(value)) return none;
  return { kind: moreTokens.test(value) ? 'several' : 'not-bearer', header };
}

function bearer(value: string, header: CredentialHeader, token: string): BearerCredential {
  const stripped = `${value.slice(0, value.lastIndexOf('.'))}.${SIGNATURE_REMOVED}`;
  return { kind: 'bearer', header, token, stripped };
}
