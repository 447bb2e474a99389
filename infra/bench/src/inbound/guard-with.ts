import type { FastifyInstance } from 'fastify';
import type { Verify } from './settings.ts';

/** For verifiers without a plugin of their own: what one writes by hand, without a promise where there is none. */
export function guardWith(app: FastifyInstance, verify: Verify): void {
  app.addHook('onRequest', (request, reply, done) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const refuse = (): void => void reply.code(401).send();
    try {
      const verified = verify(token);
      if (verified instanceof Promise) verified.then(() => done(), refuse);
      else done();
    } catch {
      refuse();
    }
  });
}
