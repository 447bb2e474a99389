import type { FastifyInstance } from 'fastify';
import { connectionHost } from '../../internal/connection-host.ts';
import { isFromForeignPage } from '../../internal/foreign-page.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { isGooglesElsewhere, notEmulated } from '../../internal/google-hosts.ts';
import { type IsOwnName, notOurName } from '../../internal/own-names.ts';
import { NOT_OURS } from './origin-form.ts';
import { isOwnPath } from './own-paths.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is here changes nothing and tells no secret: a page of any origin may lead to it. */
    readonly anyOrigin?: boolean;
  }
}

/** Nothing is framed, run or read as something else by another page. What a page may do is said by that page's route. */
const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/**
 * Keeps the pages out that are open in a developer's browser: who asks under a name that is not ours gets 421, and a page
 * of another origin 403, but for what is there for any origin. There is no CORS.
 */
export function keepStrangersOut(app: FastifyInstance, isOwnName: IsOwnName): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    const onlyHost = connectionHost(request.raw.socket);
    if (onlyHost !== undefined && request.hostname.toLowerCase().replace(/\.$/, '') !== onlyHost) {
      const message = `This connection is for ${onlyHost} alone: ask for another host on one of its own.`;
      return reply.code(421).send({ error: { code: 421, message, status: 'PERMISSION_DENIED' } });
    }
    if (request.url === NOT_OURS) return undefined;
    // Its paths are like those of what is played here, and mean something else.
    if (isGooglesElsewhere(request.hostname)) throw new GoogleError('UNIMPLEMENTED', notEmulated(request.hostname));
    // HTTP/1.0 may do without, and no browser does.
    if (request.host !== '' && !isOwnName(request.hostname)) {
      const message = notOurName(request.hostname);
      return reply.code(421).send({ error: { code: 421, message, status: 'PERMISSION_DENIED' } });
    }
    if (!isOwnPath(request.hostname, request))
      throw new GoogleError(
        'NOT_FOUND',
        `${request.hostname} has nothing at ${request.method} ${request.url.split('?')[0]}.`,
      );
    const { config } = request.routeOptions;
    const anyOrigin = Object.hasOwn(config, 'anyOrigin') && config.anyOrigin === true;
    if (!anyOrigin && isFromForeignPage(request.headers))
      throw new GoogleError(
        'PERMISSION_DENIED',
        'A page of another origin asks for this; run-edges answers its own alone.',
      );
    return undefined;
  });
}
