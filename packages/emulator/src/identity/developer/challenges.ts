import { randomBytes } from 'node:crypto';

/** Of those that nobody has answered. A service of the graph may ask for as many as it likes. */
const MOST = 1000;

/** What a proof of the developer's token is made for: each is good for one, so that none is good twice. */
export class Challenges {
  readonly #open = new Set<string>();

  make(): string {
    const challenge = randomBytes(16).toString('base64url');
    this.#open.add(challenge);
    const [oldest = challenge] = this.#open;
    if (this.#open.size > MOST) this.#open.delete(oldest);
    return challenge;
  }

  /** Whether it was made here, and is answered for the first time. */
  take(challenge: string): boolean {
    return this.#open.delete(challenge);
  }
}
