import type { FastifyInstance } from 'fastify';

/** Resolves to facts worth showing (or nothing) when the part works; throws when it does not. */
export type ReadyCheck = () => Promise<Record<string, unknown> | undefined> | Record<string, unknown> | undefined;

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds a part without which this instance must not get traffic. */
    readyWhen(name: string, check: ReadyCheck): void;
  }
}

const CHECK_TIMEOUT_MS = 2_000;

/**
 * `/health/live` for the liveness probe, `/health/ready` for the startup and readiness probes.
 * Not `/healthz`: Cloud Run reserves some paths that end in z (https://cloud.google.com/run/docs/known-issues).
 */
export function addHealth(app: FastifyInstance, name: string, requests: () => number): void {
  const checks = new Map<string, ReadyCheck>();
  app.decorate('readyWhen', (part: string, check: ReadyCheck) => {
    checks.set(part, check);
  });

  let live = 0;
  app.get('/health/live', async () => ({ status: 'ok', service: name, requests: requests(), live: ++live }));

  app.get('/health/ready', async (request, reply) => {
    const results = await Promise.all(
      [...checks].map(async ([part, check]) => {
        try {
          return { facts: await within(check(), CHECK_TIMEOUT_MS) };
        } catch (error) {
          request.log.error({ err: error }, `not ready: ${part}`);
          return { failed: part };
        }
      }),
    );
    const failed = results.flatMap((result) => result.failed ?? []);
    if (failed.length > 0) return reply.code(503).send({ status: 'unavailable', failed });
    return Object.assign({ status: 'ok' }, ...results.map((result) => result.facts));
  });
}

async function within<T>(work: T | Promise<T>, milliseconds: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
