import { Pool } from 'undici';
import { headerByHand } from '../header-by-hand.ts';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const pool = new Pool(origin);
  const headers = await headerByHand(origin);
  return async () => {
    const { statusCode, body } = await pool.request({ path: GUARDED, method: 'GET', headers });
    return expectOk(statusCode, await body.json());
  };
};
