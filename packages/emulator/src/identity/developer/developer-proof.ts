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

/** What is proven, so that no proof of one is one of another. Nonces, challenges, hosts, methods and paths have no blanks. */
export const provenTexts = {
  /** By the emulator, before it is told anything. */
  challenge: (nonce: string, challenge: string): string => `challenge ${nonce} ${challenge}`,
  /**
   * By the developer.
   * @param host to whom it is sent, with the port: of no worth to who hands it on to another
   * @param body as it is before it is made JSON; undefined for none
   */
  request: (challenge: string, host: string, method: string, path: string, body: unknown): string =>
    `request ${challenge} ${host} ${method} ${path} ${JSON.stringify(body ?? null)}`,
  /** By the emulator. @param body as it is sent */
  answer: (challenge: string, status: number, body: string): string => `answer ${challenge} ${status} ${body}`,
} as const;
