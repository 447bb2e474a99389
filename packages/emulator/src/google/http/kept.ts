import type { FastifyInstance } from 'fastify';
import { EmulatorError } from '../../internal/errors.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { asksForChange } from './asks-for-change.ts';

/** Waits until what was changed is saved. @throws GoogleError UNAVAILABLE when it cannot be; then it is undone */
export async function kept(settled: () => Promise<void>): Promise<void> {
  await settled().catch((error: unknown) => {
    if (!(error instanceof EmulatorError)) throw error;
    throw new GoogleError('UNAVAILABLE', `The change is undone. ${error.message} ${error.mend}`);
  });
}

/** What is acknowledged has been saved: no answer that tells of a change goes out before. */
export function tellWhatIsKept(app: FastifyInstance, settled: () => Promise<void>): void {
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode < 400 && asksForChange(request)) await kept(settled);
  });
}
