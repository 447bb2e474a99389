import { expectOk, OPEN, type PrepareCaller } from '../settings.ts';

export const prepare: PrepareCaller =
  async ({ origin }) =>
  async () => {
    const response = await fetch(origin + OPEN);
    return expectOk(response.status, await response.json());
  };
