import { guardWith } from '../guard-with.ts';
import type { Guard } from '../settings.ts';
import { prepareFastJwt } from '../verifiers/fast-jwt.ts';

/** With its cache keyed by the token itself, which its documentation offers to those who want it faster. */
export const guard: Guard = async (app, settings) =>
  guardWith(app, await prepareFastJwt(settings, { cache: true, cacheKeyBuilder: (token) => token }));
