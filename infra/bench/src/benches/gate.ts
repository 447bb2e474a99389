import type { Bench, MeasuredSubject } from '../bench.ts';
import type { AppHandlers } from '../gate/app.ts';
import type { EmulatorHandlers } from '../gate/emulator.ts';
import type { HttpProxyHandlers } from '../gate/http-proxy.ts';
import type { LoadHandlers } from '../load/load-generator.ts';

const PROXY = 'behind @fastify/http-proxy';
const CONNECTIONS = 32;

export const bench: Bench = {
  title: "Gate: a local service behind the emulator's front end, which verifies the token and decides",
  run: async (context) => {
    const generator = context.start<LoadHandlers>('load/load-generator.ts', { role: 'helper' });
    // What is measured has a core to itself: the app does not, behind a proxy; it does, when it is measured alone.
    const app = await context.start<AppHandlers>('gate/app.ts', { role: 'helper' }).call('open');
    const alone = await context.start<AppHandlers>('gate/app.ts', { role: 'subject' }).call('open');
    const proxy = await context.start<HttpProxyHandlers>('gate/http-proxy.ts', { role: 'subject' }).call('open', app);
    const gate = await context.start<EmulatorHandlers>('gate/emulator.ts', { role: 'subject' }).call('open', app);

    const headers = { authorization: `Bearer ${gate.token}` };
    const at = (url: string) => (milliseconds: number) =>
      generator.call('run', { url, connections: CONNECTIONS, headers, milliseconds });
    const subjects: MeasuredSubject[] = [
      { name: PROXY, baseline: PROXY, measure: at(proxy) },
      { name: "behind run-edges' gate", baseline: PROXY, target: 1.5, measure: at(gate.url) },
      { name: 'direct', baseline: PROXY, measure: at(alone) },
    ];
    const plan = { rounds: 25, milliseconds: 200, warmUpMilliseconds: 1_500 };
    return context.compare({ unit: 'requests/s', better: 'higher' }, subjects, plan);
  },
};
