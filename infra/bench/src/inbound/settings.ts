import type { FastifyInstance } from 'fastify';
import type { Google } from '../google/google.ts';

export interface InboundSettings extends Google {
  /** Of the tokens. */
  readonly audience: string;
}

/** More than any verifier remembers by default (1,000): when a token comes again, it has been forgotten. */
export const TOKENS = 1_500;

/** Checks one token: signature, issuer, audience, expiry. Throws or rejects when it is not right. */
export type Verify = (token: string) => unknown;

/** A file in `verifiers/` exports one: a verifier, ready, with its keys at hand. */
export type PrepareVerifier = (settings: InboundSettings) => Promise<Verify>;

/** A file in `guards/` exports one: puts a route of Fastify behind a verifier, as the library's documentation says. */
export type Guard = (app: FastifyInstance, settings: InboundSettings) => Promise<void>;
