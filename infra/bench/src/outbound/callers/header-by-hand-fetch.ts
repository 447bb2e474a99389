import { headerByHand } from '../header-by-hand.ts';
import { expectOk, GUARDED, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller = async ({ origin }) => {
  const headers = await headerByHand(origin);
  return async () => {
    const response = await fetch(origin + GUARDED, { headers });
    return expectOk(response.status, await response.json());
  };
};
