import { randomBytes } from 'node:crypto';

/** Whether it can be sent, and is too long to guess. */
export function isDeveloperToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{32,1000}$/.test(value);
}

/** One of 256 random bits. */
export function newDeveloperToken(): string {
  return randomBytes(32).toString('base64url');
}
