import type { Requirements } from './requirement.ts';

export const container = {} as const satisfies Requirements;
