import type { Service } from '@run-edges/service';
import { sendPage } from '../pages.ts';
import { verifyPassword } from '../password.ts';
import type { LoginStore } from '../store/store.ts';

const signInSchema = {
  type: 'object',
  properties: {
    _csrf: { type: 'string', maxLength: 500 },
    email: { type: 'string', minLength: 1, maxLength: 254 },
    password: { type: 'string', minLength: 1, maxLength: 1_000 },
  },
  required: ['email', 'password'],
  additionalProperties: false,
} as const;

const signOutSchema = {
  type: 'object',
  properties: { _csrf: { type: 'string', maxLength: 500 } },
  additionalProperties: false,
} as const;

/** Sign-in page, sign-in and sign-out. `demoAccount` settles when the demo account is made or cannot be. */
export function addSignInRoutes(app: Service, store: LoginStore, demoAccount: Promise<void>): void {
  app.get('/', async (request, reply) => {
    if (request.session.person) return reply.redirect('/me', 303);
    return sendPage(reply, 'sign-in');
  });

  app.post(
    '/sign-in',
    { schema: { body: signInSchema }, preValidation: app.csrfProtection },
    async (request, reply) => {
      // Right after the start it may not be there yet. All wait, whatever the address: time must not tell whose it is.
      await Promise.allSettled([demoAccount]);
      const email = request.body.email.trim().toLowerCase();
      const account = await store.findAccount(email);
      const matches = await verifyPassword(request.body.password, account?.passwordHash);
      if (!account || !matches) {
        request.log.warn('sign-in refused');
        return sendPage(reply.code(422), 'sign-in', { email: request.body.email, failed: true });
      }
      // A new id, so that one that somebody planted before is worth nothing.
      await request.session.regenerate();
      request.session.person = { id: account.personId, email: account.email };
      return reply.redirect('/me', 303);
    },
  );

  app.post(
    '/sign-out',
    { schema: { body: signOutSchema }, preValidation: app.csrfProtection },
    async (request, reply) => {
      await request.session.destroy();
      return reply.redirect('/', 303);
    },
  );
}
