import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Shows that its maker knows the developer's token, without telling it to who does not. With a nonce of the other side in
 * what is said it is good for that one answer.
 */
export function developerProof(developerToken: string, said: string): string {
  return createHmac('sha256', developerToken).update(said).digest('base64url');
}

export function isDeveloperProof(given: string, developerToken: string, said: string): boolean {
  const [one, other] = [given, developerProof(developerToken, said)].map((text) => Buffer.from(text));
  return one !== undefined && other !== undefined && one.length === other.length && timingSafeEqual(one, other);
}
