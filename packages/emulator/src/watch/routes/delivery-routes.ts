import type { FastifyInstance } from 'fastify';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { DeveloperAlone } from './developer-alone.ts';

export interface DeliveryRouteOptions {
  readonly deliveries: Pick<Deliveries, 'list' | 'idle' | 'advance'>;
  readonly developer: DeveloperAlone;
}

/** Seconds. */
const FARTHEST = 366 * 86_400;
const LONGEST_WAIT = 600;
/** Clients wait for ten. */
const SOON = 8;
const USUAL_WAIT = 30;

/**
 * `GET /run-edges/v1/deliveries`: what became of messages, tasks and runs. `POST /run-edges/v1/deliveries:idle` waits until
 * nothing is due nor under way, `{"timeout": 30}` seconds at most. `POST /run-edges/v1/time:advance` moves the clock by
 * `{"seconds": 86400}`, with a stop wherever something is due, and says what is `left` of it after some seconds; the developer
 * alone does these two.
 */
export async function deliveryRoutes(
  app: FastifyInstance,
  { deliveries, developer }: DeliveryRouteOptions,
): Promise<void> {
  app.get('/run-edges/v1/deliveries', () => ({ deliveries: deliveries.list() }));

  app.post<{ Body: { timeout?: number } | null }>(
    '/run-edges/v1/deliveries::idle',
    {
      ...developer.alone,
      schema: {
        body: {
          type: ['object', 'null'],
          properties: { timeout: { type: 'number', minimum: 0, maximum: LONGEST_WAIT } },
          additionalProperties: false,
        },
      },
    },
    async (request) => {
      const { timeout = USUAL_WAIT } = request.body ?? {};
      return { idle: await deliveries.idle(AbortSignal.timeout(timeout * 1000)) };
    },
  );

  app.post<{ Body: { seconds: number } }>(
    '/run-edges/v1/time::advance',
    {
      ...developer.alone,
      schema: {
        body: {
          type: 'object',
          required: ['seconds'],
          properties: { seconds: { type: 'number', minimum: 0, maximum: FARTHEST } },
          additionalProperties: false,
        },
      },
    },
    async (request) => {
      const { now, stops, left } = await deliveries.advance(request.body.seconds, AbortSignal.timeout(SOON * 1000));
      return { now: new Date(now * 1000).toISOString(), stops, left };
    },
  );
}
