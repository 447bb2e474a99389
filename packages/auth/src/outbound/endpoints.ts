import type { AuthClient } from 'google-auth-library';
import { type Rules, TEXT } from '../options.ts';
import { type PlainHttpHosts, readUrl } from './receiver.ts';

/** Google's endpoints for those who run a local stand-in. Never read from the environment. */
export interface GoogleEndpointOptions {
  /** In place of `https://oauth2.googleapis.com/token`. */
  readonly token?: string;
  /** In place of `https://iamcredentials.googleapis.com`. */
  readonly iamCredentials?: string;
}

/** The same, checked. */
export interface GoogleEndpoints {
  readonly token: URL | undefined;
  readonly iamCredentials: URL;
}

const GOOGLE_TOKEN = 'https://oauth2.googleapis.com/token';
const GOOGLE_IAM_CREDENTIALS = 'https://iamcredentials.googleapis.com';

export const ENDPOINT_RULES: Rules<GoogleEndpointOptions> = { token: TEXT, iamCredentials: TEXT };

/** Reads endpoint options: https, or plain http to loopback and named hosts. */
export function readEndpoints(
  { token, iamCredentials = GOOGLE_IAM_CREDENTIALS }: GoogleEndpointOptions,
  plainHttpHosts: PlainHttpHosts,
): GoogleEndpoints {
  return {
    token: token === undefined ? undefined : readUrl(token, plainHttpHosts),
    iamCredentials: readUrl(iamCredentials, plainHttpHosts),
  };
}

/** Makes a client of google-auth-library, which has these addresses written in, use the given ones. */
export function redirectEndpoints(client: AuthClient, endpoints: GoogleEndpoints): void {
  const { token, iamCredentials } = endpoints;
  if (token === undefined && iamCredentials.origin === GOOGLE_IAM_CREDENTIALS) return;
  client.transporter.interceptors.request.add({
    resolved: async (request) => {
      if (token !== undefined && request.url.href === GOOGLE_TOKEN) request.url = token;
      else if (request.url.origin === GOOGLE_IAM_CREDENTIALS)
        request.url = new URL(request.url.pathname + request.url.search, iamCredentials);
      return request;
    },
  });
}
