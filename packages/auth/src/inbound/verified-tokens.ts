import type { Caller } from '../caller.ts';
import { isStripped } from './token.ts';

interface Entry {
  readonly token: string;
  readonly caller: Caller;
  readonly keyId: string;
  /** When the token ends, by the clock that nobody sets, in milliseconds of `performance.now()`. */
  readonly until: number;
}

/** As many characters of the signature as make 240 bits. */
const INDEX_LENGTH = 40;

/**
 * Tokens that have been verified, until they expire. Found by the end of the signature and then compared in full, so that
 * no two tokens can be taken for one another; measured four times as fast as a map keyed by whole tokens or by their
 * SHA-256, both of which read 900 characters to hash them. Only who knows the end of a signature gets as far as the
 * comparison, so its time tells nothing.
 *
 * A token counts until the first of two clocks says that it has ended: the one on the wall, which may be set back, and the
 * monotonic one, which knows how long it has been here. After that it is verified anew, by the clock on the wall.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * The caller of a token accepted before that is still alive, in monotonic milliseconds; one without signature where it is
   * vouched for, and nowhere else.
   */
  get(token: string, vouched: boolean, now: number): Caller | undefined {
    const index = vouched ? indexOf(token) : token.slice(-INDEX_LENGTH);
    const entry = this.#entries.get(index);
    if (entry === undefined || entry.token !== token || !(vouched || entry.caller.verified)) return undefined;
    if (now < entry.until && Date.now() < entry.caller.expiresAt) return entry.caller;
    this.#entries.delete(index);
    return undefined;
  }

  /** Keeps a verified token; when full, that which came first goes. */
  set(token: string, caller: Caller, keyId: string): void {
    if (this.#max === 0) return;
    const index = indexOf(token);
    this.#entries.delete(index);
    if (this.#entries.size >= this.#max) this.#entries.delete(this.#entries.keys().next().value as string);
    this.#entries.set(index, { token, caller, keyId, until: performance.now() + caller.expiresAt - Date.now() });
  }

  /** Forgets the tokens whose key is no longer one of the issuer's. */
  dropWithdrawn(isCurrent: (keyId: string) => boolean): void {
    for (const [index, { keyId }] of this.#entries) if (!isCurrent(keyId)) this.#entries.delete(index);
  }
}

/** A token without signature ends like every other one: its index is the whole, by which no other is looked for. */
function indexOf(token: string): string {
  return isStripped(token) ? token : token.slice(-INDEX_LENGTH);
}
