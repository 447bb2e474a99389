import type { Service } from '@run-edges/service';
import type { FastifyRequest } from 'fastify';
import { type Accounts, emailOf } from '../accounts.ts';
import { mistakesOf } from '../form.ts';
import { sendPage } from '../pages.ts';
import { type FailureCount, SIGN_IN_LIMIT } from '../rate-limits.ts';
import { destinationSchema } from '../signed-in.ts';
import type { Account } from '../store/store.ts';

const signInSchema = {
  type: 'object',
  properties: {
    _csrf: { type: 'string', maxLength: 500 },
    email: { type: 'string', minLength: 1, maxLength: 254 },
    password: { type: 'string', minLength: 1, maxLength: 1_000 },
    next: destinationSchema,
  },
  required: ['email', 'password'],
  additionalProperties: false,
} as const;

const visitSchema = { type: 'object', properties: { next: destinationSchema } } as const;

const WORDS = {
  email: 'Enter the e-mail address that you signed up with.',
  password: 'Enter your password.',
};

/** The sign-in page and signing in. */
export function addSignInRoutes(app: Service, accounts: Accounts, failures: FailureCount): void {
  app.get('/', { schema: { querystring: visitSchema } }, async (request, reply) => {
    const { next } = request.query;
    if (request.session.person) return reply.redirect(next ?? '/me', 303);
    return sendPage(reply, 'sign-in', { email: '', next, mistakes: {} });
  });

  // Typed, or reloaded after a sign-in that failed.
  app.get('/sign-in', { schema: { querystring: visitSchema } }, async (request, reply) => {
    const { next } = request.query;
    return reply.redirect(next ? `/?${new URLSearchParams({ next })}` : '/', 303);
  });

  app.post(
    '/sign-in',
    {
      schema: { body: signInSchema },
      preValidation: app.csrfProtection,
      attachValidation: true,
      config: { rateLimit: SIGN_IN_LIMIT },
    },
    async (request, reply) => {
      const { email, password, next } = request.body;
      const mistakes = mistakesOf(request, WORDS);
      if (mistakes) return sendPage(reply.code(400), 'sign-in', { email, next, mistakes });
      await failures.check(request);
      const account = await accounts.signIn(emailOf(email), password, request.trace.traceparent);
      if (!account) {
        await failures.add(request);
        request.log.warn('sign-in refused');
        return sendPage(reply.code(422), 'sign-in', { email, next, mistakes: {}, failed: true });
      }
      await startSession(request, account);
      return reply.redirect(next ?? '/me', 303);
    },
  );
}

/** Signs somebody in: with a new session id, so that one that somebody planted before is worth nothing. */
export async function startSession(request: FastifyRequest, { personId, email }: Account): Promise<void> {
  await request.session.regenerate();
  request.session.person = { id: personId, email };
}
