import { GoogleAuth } from 'google-auth-library';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const client = await new GoogleAuth().getIdTokenClient(origin);
  return async () => {
    const { status, data } = await client.request({ url: origin + GUARDED });
    return expectOk(status, data);
  };
};
