import type { IdToken } from './id-token.ts';
import { fetcherOf, type TokenSource } from './source.ts';
import { TokenSlot } from './token-slot.ts';

/** More receivers than any service calls; beyond it the one that was asked for longest ago is forgotten. */
const MAX_SLOTS = 1_000;

const slots = new Map<string, TokenSlot>();

/** The process-wide slot for an identity and audience. A client keeps its slot, so that a call looks nothing up. */
export function tokenSlot(source: TokenSource, audience: string): TokenSlot {
  return slotAt(`${source.identity}\n${audience}`, fetcherOf(source), audience);
}

/**
 * The slot of those who ask a source itself. One of its own: an own source may ask another in its name, and would wait for
 * itself.
 */
export function directSlot(source: TokenSource, audience: string): TokenSlot {
  return slotAt(`${source.identity}\n${audience}\n`, source, audience);
}

/** Drops a refused token wherever it is kept. Returns whether `slot` can have another one. */
export function refuseToken(slot: TokenSlot, token: Pick<IdToken, 'bearer'>): boolean {
  for (const each of slots.values()) if (each !== slot) each.forget(token);
  return slot.refuse(token);
}

function slotAt(key: string, source: TokenSource, audience: string): TokenSlot {
  const slot = slots.get(key) ?? new TokenSlot(source, audience);
  // Taken out and put in again, it stands last: the map is in the order of last use.
  slots.delete(key);
  slots.set(key, slot);
  if (slots.size > MAX_SLOTS) forgetOldest();
  return slot;
}

function forgetOldest(): void {
  for (const key of slots.keys()) {
    slots.delete(key);
    return;
  }
}

/** Forgets every token of the process: for tests, and after a change of identity. */
export function clearTokenCache(): void {
  slots.clear();
}
