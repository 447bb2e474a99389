import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Project } from '../identity/project.ts';
import { makeUserCredentials } from '../identity/user-credentials.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { GoogleError } from './google-error.ts';

export interface CredentialRouteOptions {
  readonly project: Project;
  readonly keys: KeyRing;
  /** Who owns the project: an e-mail. */
  readonly owner: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const EMAIL = /^[^\s:@]{1,64}@[^\s:@]{1,255}$/;

/**
 * `GET /run-edges/v1/project`: which project this is. `POST /run-edges/v1/credentials`: what `gcloud auth login` would
 * leave behind for `{"email"}`, or for the project's owner; whoever is at this machine may ask, nobody else.
 */
export async function credentialRoutes(app: FastifyInstance, options: CredentialRouteOptions): Promise<void> {
  const { project, keys, owner, now } = options;

  app.get('/run-edges/v1/project', () => ({ id: project.id, number: project.number, region: project.region }));

  app.post<{ Body: { email?: string } | null }>(
    '/run-edges/v1/credentials',
    { schema: { body: { type: ['object', 'null'], properties: { email: { type: 'string' } } } } },
    async (request) => {
      if (!isLocal(request))
        throw new GoogleError('PERMISSION_DENIED', 'Credentials are given to this machine alone: ask on 127.0.0.1.');
      const email = request.body?.email ?? owner;
      if (!EMAIL.test(email) || email.endsWith('.gserviceaccount.com'))
        throw new GoogleError('INVALID_ARGUMENT', `${email} is not the e-mail of a person.`);
      return { email, credentials: await makeUserCredentials(keys, email, now()) };
    },
  );
}

/**
 * From this machine, and not from a page that a browser here shows: such a one says where it comes from, or reaches us
 * by a name of its own.
 */
function isLocal({ ip, headers, hostname }: FastifyRequest): boolean {
  const loopback = /^(::ffff:)?127\.|^::1$/.test(ip);
  const own = hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return loopback && own && headers.origin === undefined && headers['x-forwarded-for'] === undefined;
}
