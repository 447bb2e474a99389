import type { FastifyInstance } from 'fastify';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { Project } from '../../identity/project.ts';
import { makeUserCredentials } from '../../identity/tokens/user-credentials.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { DeveloperAlone } from './developer-alone.ts';

export interface CredentialRouteOptions {
  readonly project: Project;
  readonly keys: KeyRing;
  /** Who owns the project: an e-mail. */
  readonly owner: string;
  readonly developer: DeveloperAlone;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const EMAIL = /^[^\s:@]{1,64}@[^\s:@]{1,255}$/;

/**
 * `GET /run-edges/v1/project`: which project this is. `POST /run-edges/v1/credentials`: what `gcloud auth login` would
 * leave behind for `{"email"}`, or for the project's owner; the developer alone is given them,
 * and whoever runs in this process.
 */
export async function credentialRoutes(app: FastifyInstance, options: CredentialRouteOptions): Promise<void> {
  const { project, keys, owner, developer, now } = options;

  app.get('/run-edges/v1/project', () => ({ id: project.id, number: project.number, region: project.region }));

  app.post<{ Body: { email?: string } | null }>(
    '/run-edges/v1/credentials',
    {
      ...developer.orOwnProcess,
      schema: { body: { type: ['object', 'null'], properties: { email: { type: 'string' } } } },
    },
    async (request) => {
      const email = request.body?.email ?? owner;
      if (!EMAIL.test(email) || email.endsWith('.gserviceaccount.com'))
        throw new GoogleError('INVALID_ARGUMENT', `${email} is not the e-mail of a person.`);
      return { email, credentials: await makeUserCredentials(keys, email, now()) };
    },
  );
}
