import { GoogleAuth } from 'google-auth-library';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const client = await new GoogleAuth().getIdTokenClient(origin);
  return async () => {
    const response = await fetch(origin + GUARDED, { headers: await client.getRequestHeaders() });
    return expectOk(response.status, await response.json());
  };
};
