import { callerAuth } from '@run-edges/auth/fastify';
import { CALLER } from '../../google/caller.ts';
import type { Guard } from '../settings.ts';

export const guard: Guard = async (app, { jwksUri, audience }) => {
  await app.register(callerAuth, { mode: 'signature', audience, allowedCallers: [CALLER], jwksUri });
};
