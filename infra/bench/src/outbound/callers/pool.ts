import { Pool } from 'undici';
import { expectOk, OPEN, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const pool = new Pool(origin);
  return async () => {
    const { statusCode, body } = await pool.request({ path: OPEN, method: 'GET' });
    return expectOk(statusCode, await body.json());
  };
};
