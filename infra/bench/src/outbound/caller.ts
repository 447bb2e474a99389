import { serve } from '../processes/serve.ts';
import type { Call, OutboundSettings, PrepareCaller } from './settings.ts';

interface Opening {
  /** Files in `callers/`, which share this process. */
  readonly callers: readonly string[];
  readonly settings: OutboundSettings;
}

interface Run {
  readonly caller: string;
  readonly inFlight: number;
  readonly milliseconds: number;
}

const calls = new Map<string, Call>();

const handlers = {
  open: async ({ callers, settings }: Opening): Promise<void> => {
    for (const caller of callers) {
      const module: { readonly prepare: PrepareCaller } = await import(`./callers/${caller}.ts`);
      const call = await module.prepare(settings);
      await call();
      calls.set(caller, call);
    }
  },
  /** Calls per second, with so many in flight. */
  run: async ({ caller, inFlight, milliseconds }: Run): Promise<number> => {
    const call = calls.get(caller);
    if (call === undefined) throw new Error(`${caller} was not opened.`);
    const started = performance.now();
    const end = started + milliseconds;
    let answered = 0;
    const one = async (): Promise<void> => {
      for (; performance.now() < end; answered += 1) await call();
    };
    await Promise.all(Array.from({ length: inFlight }, one));
    return answered / ((performance.now() - started) / 1000);
  },
};
export type CallerHandlers = typeof handlers;

serve(handlers);
