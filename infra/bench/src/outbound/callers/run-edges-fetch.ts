import { createServiceClient } from '@run-edges/auth/outbound';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const profiles = createServiceClient({ url: origin });
  return async () => {
    const response = await profiles.fetch(GUARDED);
    return expectOk(response.status, await response.json());
  };
};
