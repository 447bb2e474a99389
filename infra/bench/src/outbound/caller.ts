import { serve } from '../processes/serve.ts';
import type { Call, OutboundSettings, PrepareCaller } from './settings.ts';

interface Opening {
  readonly caller: string;
  readonly settings: OutboundSettings;
}

let call: Call;

const handlers = {
  open: async ({ caller, settings }: Opening): Promise<void> => {
    const module: { readonly prepare: PrepareCaller } = await import(`./callers/${caller}.ts`);
    call = await module.prepare(settings);
    await call();
  },
  /** Calls per second, with so many in flight. */
  run: async ({ inFlight, milliseconds }: { inFlight: number; milliseconds: number }): Promise<number> => {
    const started = performance.now();
    const end = started + milliseconds;
    let calls = 0;
    const one = async (): Promise<void> => {
      for (; performance.now() < end; calls += 1) await call();
    };
    await Promise.all(Array.from({ length: inFlight }, one));
    return calls / ((performance.now() - started) / 1000);
  },
};
export type CallerHandlers = typeof handlers;

serve(handlers);
