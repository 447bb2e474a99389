import { GoogleAuth } from 'google-auth-library';
import { Pool } from 'undici';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const client = await new GoogleAuth().getIdTokenClient(origin);
  const pool = new Pool(origin);
  return async () => {
    const headers = await client.getRequestHeaders();
    const { statusCode, body } = await pool.request({ path: GUARDED, method: 'GET', headers });
    return expectOk(statusCode, await body.json());
  };
};
