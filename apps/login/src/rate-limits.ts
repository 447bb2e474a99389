import rateLimit from '@fastify/rate-limit';
import type { Service } from '@run-edges/service';
import type { FastifyRequest } from 'fastify';
import { emailOf } from './accounts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** So many addresses (or accounts) are counted at most; who has been quiet longest is forgotten first. */
const COUNTED = 10_000;

/**
 * For `config.rateLimit` of a route. Counted for each client address, IPv6 by its /64: the last entry of
 * X-Forwarded-For, which Google's front end wrote; what stands before it is the client's own word.
 */
export const SIGN_IN_LIMIT = { max: 30, timeWindow: MINUTE_MS, cache: COUNTED };
export const SIGN_UP_LIMIT = { max: 30, timeWindow: HOUR_MS, cache: COUNTED };

/** NIST SP 800-63B section 3.2.2: no more than 100 failed attempts on one account, wherever they come from. */
const FAILURES = { max: 100, timeWindow: HOUR_MS, cache: COUNTED };

/** Too many wrong passwords for one e-mail address, whether or not it has an account. */
export class TooManyFailuresError extends Error {
  override name = 'TooManyFailuresError';
  readonly statusCode = 429;
  readonly headers: Record<string, string>;

  constructor(seconds: number) {
    super('too many wrong passwords for one e-mail address');
    this.headers = { 'retry-after': String(seconds) };
  }
}

/** Wrong passwords, counted for each e-mail address that was typed. */
export interface FailureCount {
  /** Rejects with a `TooManyFailuresError` when no more attempts are allowed for now. */
  check(request: FastifyRequest): Promise<void>;
  /** Counts one more. */
  add(request: FastifyRequest): Promise<void>;
}

/** Counts in memory, so each instance counts for itself. Routes that are added later may have a `config.rateLimit`. */
export async function addRateLimits(app: Service): Promise<FailureCount> {
  await app.register(rateLimit, { global: false });
  const count = app.createRateLimit({
    ...FAILURES,
    keyGenerator: (request) => emailOf((request.body as { email: string }).email),
  });
  return {
    check: async (request) => {
      const state = await count(request, { increment: false });
      if (!state.isAllowed && state.remaining === 0) throw new TooManyFailuresError(state.ttlInSeconds);
    },
    add: async (request) => {
      await count(request);
    },
  };
}
