import type { Guard } from '../settings.ts';

export const guard: Guard = async () => {};
