import { createHash, randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import csrfProtection from '@fastify/csrf-protection';
import session from '@fastify/session';
import type { Service } from '@run-edges/service';
import type { Session } from 'fastify';
import type { LoginStore } from './store/store.ts';

declare module 'fastify' {
  interface Session {
    /** Who is signed in; absent: nobody. */
    person?: { id: string; email: string };
  }
}

const LIFETIME_MS = 12 * 60 * 60 * 1_000;
const CLEANING_MS = 15 * 60 * 1_000;

/** Sessions in the store, and tokens against cross-site requests for every form. `secure`: the site is on https. */
export async function addSessions(app: Service, store: LoginStore, secure: boolean): Promise<void> {
  const fresh = () => randomBytes(32).toString('base64url');
  // With the prefix a browser takes the cookie from this very host over https alone: RFC 6265bis section 4.1.3.
  const prefix = secure ? '__Host-' : '';

  await app.register(cookie);
  await app.register(session, {
    secret: await store.keepSecret('session', fresh()),
    cookieName: `${prefix}session`,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: LIFETIME_MS },
    // Visitors who have not signed in leave no trace.
    saveUninitialized: false,
    rolling: false,
    idGenerator: fresh,
    store: sessionStore(store),
  });
  await app.register(csrfProtection, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: `${prefix}csrf`,
    cookieOpts: { path: '/', httpOnly: true, sameSite: 'strict', secure },
    csrfOpts: { hmacKey: await store.keepSecret('csrf', fresh()), userInfo: true },
    // A form belongs to who it was shown to.
    getUserInfo: (request) => formOwner(request.session.person),
    getToken: (request) => (request.body as { _csrf?: string } | undefined)?._csrf,
  });

  const cleaning = setInterval(() => {
    store.deleteExpired(Date.now()).catch((error) => app.log.error({ err: error }, 'old sessions stay'));
  }, CLEANING_MS).unref();
  app.addHook('onClose', async () => clearInterval(cleaning));
}

/** Whom the token of a form is bound to; the star, which no id contains, stands for visitors. */
export function formOwner(person: Session['person']): string {
  return person?.id ?? '*';
}

/** By what the store knows a session: a digest of its id, so that who reads the store cannot take over a session. */
export function keyOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}

/** What @fastify/session wants. */
function sessionStore(store: LoginStore) {
  const settle = <Result>(work: Promise<Result>, callback: (error: unknown, result?: Result) => void) => {
    work.then(
      (result) => callback(null, result),
      (error) => callback(error),
    );
  };
  return {
    get(id: string, callback: (error: unknown, result?: Session | null) => void) {
      const found = store.getSession(keyOf(id), Date.now());
      settle(
        found.then((data) => (data ? (JSON.parse(data) as Session) : null)),
        callback,
      );
    },
    set(id: string, data: Session, callback: (error?: unknown) => void) {
      const expiresAt = data.cookie.expires ? new Date(data.cookie.expires).getTime() : Date.now() + LIFETIME_MS;
      settle(store.putSession(keyOf(id), data.person?.id ?? null, JSON.stringify(data), expiresAt), callback);
    },
    destroy(id: string, callback: (error?: unknown) => void) {
      settle(store.deleteSession(keyOf(id)), callback);
    },
  };
}
