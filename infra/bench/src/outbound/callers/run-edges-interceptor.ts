import { createServiceClient } from '@run-edges/auth/outbound';
import { Pool } from 'undici';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const profiles = createServiceClient({ url: origin });
  const pool = new Pool(profiles.origin).compose(profiles.interceptor);
  return async () => {
    const { statusCode, body } = await pool.request({ path: GUARDED, method: 'GET' });
    return expectOk(statusCode, await body.json());
  };
};
