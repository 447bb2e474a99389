import { GoogleAuth } from 'google-auth-library';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

/** As in Google's template for Node.js, where the handler of a request makes the client. */
export const prepare: PrepareCaller = async ({ origin }) => {
  const auth = new GoogleAuth();
  return async () => {
    const client = await auth.getIdTokenClient(origin);
    const { status, data } = await client.request({ url: origin + GUARDED });
    return expectOk(status, data);
  };
};
