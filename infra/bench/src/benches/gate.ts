import type { Bench, MeasuredSubject } from '../bench.ts';
import type { AppHandlers } from '../gate/app.ts';
import type { EmulatorHandlers } from '../gate/emulator.ts';
import type { HttpProxyHandlers } from '../gate/http-proxy.ts';
import type { Load, LoadHandlers } from '../load/load-generator.ts';
import { copyAt, type Measure } from '../measure/rounds.ts';

const PROXY = 'behind @fastify/http-proxy';
const CONNECTIONS = 32;
/** As many at once. */
const IN_HTTP2 = { connections: 4, streams: CONNECTIONS / 4 };
const COPIES = 3;

export const bench: Bench = {
  title: "Gate: a local service behind the emulator's front end, which verifies the token and decides",
  run: async (context) => {
    const generator = context.start<LoadHandlers>('load/load-generator.ts', { role: 'helper' });
    // What is measured has a core to itself: the app does not, behind a proxy; it does, when it is measured alone.
    const app = await context.start<AppHandlers>('gate/app.ts', { role: 'helper' }).call('open');
    const alone = await context.start<AppHandlers>('gate/app.ts', { role: 'subject' }).call('open');
    const proxies: string[] = [];
    const gates: { readonly url: string; readonly token: string }[] = [];
    for (let copy = 0; copy < COPIES; copy += 1) {
      const proxy = context.start<HttpProxyHandlers>('gate/http-proxy.ts', { role: 'subject' });
      const gate = context.start<EmulatorHandlers>('gate/emulator.ts', { role: 'subject' });
      proxies.push(await proxy.call('open', app));
      gates.push(await gate.call('open', app));
    }

    const at =
      (
        urlOf: (copy: number) => string,
        load: Pick<Load, 'connections' | 'streams'> = { connections: CONNECTIONS },
      ): Measure =>
      (milliseconds, copy) => {
        const headers = { authorization: `Bearer ${copyAt(gates, copy).token}` };
        return generator.call('run', { url: urlOf(copy), ...load, headers, milliseconds });
      };
    const gateAt = (copy: number) => copyAt(gates, copy).url;
    const subjects: MeasuredSubject[] = [
      { name: PROXY, baseline: PROXY, measure: at((copy) => copyAt(proxies, copy)) },
      { name: "behind run-edges' gate", baseline: PROXY, target: 1.5, measure: at(gateAt) },
      { name: "behind run-edges' gate, HTTP/2", baseline: PROXY, measure: at(gateAt, IN_HTTP2) },
      { name: 'direct', baseline: PROXY, measure: at(() => alone) },
    ];
    const plan = { rounds: 12, milliseconds: 200, warmUpMilliseconds: 1_500, copies: COPIES };
    return context.compare({ unit: 'requests/s', better: 'higher' }, subjects, plan);
  },
};
