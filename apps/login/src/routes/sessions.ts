import type { Service } from '@run-edges/service';
import { keyOf } from '../sessions.ts';
import { contextOf } from '../signed-in.ts';
import type { LoginStore } from '../store/store.ts';

const nothingSchema = {
  type: 'object',
  properties: { _csrf: { type: 'string', maxLength: 500 } },
  additionalProperties: false,
} as const;

/** Signing out, here or everywhere else. */
export function addSessionRoutes(app: Service, store: LoginStore): void {
  const options = { schema: { body: nothingSchema }, preValidation: app.csrfProtection };

  app.post('/sign-out', options, async (request, reply) => {
    await request.session.destroy();
    return reply.redirect('/', 303);
  });

  app.post('/sign-out-elsewhere', options, async (request, reply) => {
    await store.deleteOtherSessions(contextOf(request).person.id, keyOf(request.session.sessionId));
    return reply.redirect('/me?note=ended', 303);
  });
}
