import { createVerifier } from '@run-edges/auth/inbound';
import { CALLER } from '../../google/caller.ts';
import type { PrepareVerifier } from '../settings.ts';

export const prepare: PrepareVerifier = async ({ jwksUri, audience }) => {
  const verifier = createVerifier({ mode: 'signature', audience, allowedCallers: [CALLER], jwksUri });
  await verifier.prefetch();
  return verifier.verify;
};
