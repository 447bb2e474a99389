import { guardWith } from '../guard-with.ts';
import type { Guard } from '../settings.ts';
import { prepare } from '../verifiers/google-auth-library.ts';

export const guard: Guard = async (app, settings) => guardWith(app, await prepare(settings));
