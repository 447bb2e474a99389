import type { FastifyRequest } from 'fastify';
import { methodAt } from './methods/method-at.ts';

/** What a host answers beside the methods of its API, by the host's name without `.googleapis.com`. */
const besides: Readonly<Record<string, RegExp>> = {
  oauth2: /^\/(?:token|tokeninfo)$/,
  sts: /^\/v1\/(?:token|introspect)$/,
  www: /^\/(?:oauth2\/(?:v[13]\/certs|v3\/tokeninfo|v4\/token)|(?:robot|service_accounts)\/v1\/.+)$/,
  'accounts.google.com': /^\/\.well-known\/openid-configuration$/,
};

/**
 * Whether one of Google's hosts answers a request at all: each has its own paths, and none that are run-edges' alone. A
 * host of this machine has them all.
 */
export function isOwnPath(host: string, request: Pick<FastifyRequest, 'method' | 'url'>): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const [, regional] = /^([a-z0-9-]+)\.googleapis\.com$/.exec(name) ?? [];
  if (regional === undefined && name !== 'accounts.google.com') return true;
  const api = regional?.replace(/^[a-z]+-[a-z]+\d+-/, '') ?? name;
  const [path = ''] = request.url.split('?');
  return (Object.hasOwn(besides, api) && besides[api]?.test(path)) || methodAt(request, api) !== undefined;
}
