import { guardWith } from '../guard-with.ts';
import type { Guard } from '../settings.ts';
import { prepareFastJwt } from '../verifiers/fast-jwt.ts';

/** With its cache, keyed by a digest of the token, which is the default. */
export const guard: Guard = async (app, settings) => guardWith(app, await prepareFastJwt(settings, { cache: true }));
