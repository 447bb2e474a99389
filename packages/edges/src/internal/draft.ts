import type { Path } from './yaml-document.ts';

/** A service as the file has it: any key may be absent or of a wrong type. */
export interface Draft {
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Offset of a part of a service, by its path from the service's name on. */
export type Locate = (path: Path, part: 'key' | 'value') => number;

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function entries(value: unknown): [string, unknown][] {
  return Object.entries(record(value));
}
