import { serve } from '../processes/serve.ts';
import type { InboundSettings, PrepareVerifier, Verify } from './settings.ts';

interface Opening {
  readonly verifier: string;
  readonly settings: InboundSettings;
  readonly tokens: readonly string[];
}

let verify: Verify;
let tokens: readonly string[] = [];
let next = 0;

const handlers = {
  open: async (opening: Opening): Promise<void> => {
    const module: { readonly prepare: PrepareVerifier } = await import(`./verifiers/${opening.verifier}.ts`);
    verify = await module.prepare(opening.settings);
    tokens = opening.tokens;
  },
  /** Verifications per second, one after the other, each of another token. */
  run: async (milliseconds: number): Promise<number> => {
    const started = performance.now();
    const first = next;
    let now = started;
    for (; now - started < milliseconds; now = performance.now()) {
      const verified = verify(tokens[next % tokens.length] ?? '');
      if (verified instanceof Promise) await verified;
      next += 1;
    }
    return (next - first) / ((now - started) / 1000);
  },
};
export type FirstVerificationHandlers = typeof handlers;

serve(handlers);
