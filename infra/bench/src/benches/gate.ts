import type { Bench, BenchContext, MeasuredSubject } from '../bench.ts';
import type { AppHandlers } from '../gate/app.ts';
import type { EmulatorHandlers, GateAdmission } from '../gate/emulator.ts';
import type { HaproxyHandlers } from '../gate/haproxy.ts';
import type { HttpProxyHandlers } from '../gate/http-proxy.ts';
import type { NginxHandlers } from '../gate/nginx.ts';
import { HAPROXY, missing, NGINX, type SystemPeer } from '../gate/system-peers.ts';
import type { Load, LoadHandlers } from '../load/load-generator.ts';
import { copyAt, type Measure } from '../measure/rounds.ts';
import type { Against } from '../measure/row.ts';

const FASTIFY = 'behind @fastify/http-proxy';
const WITH_JWT = 'behind HAProxy with jwt_verify';
const WITHOUT_CHECK = 'behind nginx, without any check';
const GATE = "behind run-edges' gate";
const GATE_HTTP2 = `${GATE}, HTTP/2`;

const CONNECTIONS = 32;
/** As many at once. */
const IN_HTTP2 = { connections: 4, streams: CONNECTIONS / 4 };
const COPIES = 3;

/** Everything that stands before the app, in processes of its own. */
interface Copy {
  readonly gate: GateAdmission;
  readonly production: GateAdmission;
  /** URLs. */
  readonly fastify: string;
  readonly haproxy: string | undefined;
  readonly nginx: string | undefined;
}

export const bench: Bench = {
  title: "Gate: a local service behind the emulator's front end, which verifies the token and decides",
  run: async (context) => {
    const generator = context.start<LoadHandlers>('load/load-generator.ts', { role: 'helper' });
    // What is measured has a core to itself: the app does not, behind a proxy; it does, when it is measured alone.
    const app = await context.start<AppHandlers>('gate/app.ts', { role: 'helper' }).call('open');
    const alone = await context.start<AppHandlers>('gate/app.ts', { role: 'subject' }).call('open');
    const peers = { haproxy: isThere(context, HAPROXY), nginx: isThere(context, NGINX) };
    const copies: Copy[] = [];
    for (let copy = 0; copy < COPIES; copy += 1) copies.push(await openCopy(context, app, peers));

    const at =
      (
        askedOf: (copy: Copy) => Pick<Load, 'url' | 'tunnel'> | string,
        load: Pick<Load, 'connections' | 'streams'> = { connections: CONNECTIONS },
        admissionOf: (copy: Copy) => GateAdmission = ({ gate }) => gate,
      ): Measure =>
      (milliseconds, index) => {
        const copy = copyAt(copies, index);
        const asked = askedOf(copy);
        const { url, tunnel } = typeof asked === 'string' ? { url: asked, tunnel: undefined } : asked;
        const headers = { authorization: `Bearer ${admissionOf(copy).token}` };
        return generator.call('run', { url, tunnel, ...load, headers, milliseconds });
      };
    const gate = ({ gate: { url } }: Copy) => url;
    const production = (copy: Copy) => copy.production;
    const beside: Against[] = [];
    if (peers.haproxy) beside.push({ baseline: WITH_JWT, target: 1.3 });
    if (peers.nginx) beside.push({ baseline: WITHOUT_CHECK, target: 0.75 });
    const subjects: MeasuredSubject[] = [
      { name: FASTIFY, baseline: FASTIFY, measure: at(({ fastify }) => fastify) },
      { name: GATE, baseline: FASTIFY, target: 1.5, also: beside, measure: at(gate) },
      { name: GATE_HTTP2, baseline: FASTIFY, measure: at(gate, IN_HTTP2) },
      { name: `${GATE}, TLS`, baseline: GATE, measure: at(production, undefined, production) },
      { name: `${GATE_HTTP2}, TLS`, baseline: GATE_HTTP2, measure: at(production, IN_HTTP2, production) },
      { name: 'direct', baseline: FASTIFY, measure: at(() => alone) },
    ];
    if (peers.haproxy) subjects.push({ name: WITH_JWT, baseline: FASTIFY, measure: at(({ haproxy = '' }) => haproxy) });
    if (peers.nginx) subjects.push({ name: WITHOUT_CHECK, baseline: FASTIFY, measure: at(({ nginx = '' }) => nginx) });
    const plan = { rounds: 12, milliseconds: 200, warmUpMilliseconds: 1_500, copies: COPIES };
    return context.compare({ unit: 'requests/s', better: 'higher' }, subjects, plan);
  },
};

function isThere({ note }: BenchContext, peer: SystemPeer): boolean {
  const why = missing(peer);
  if (why !== undefined) note(why);
  return why === undefined;
}

async function openCopy(
  { start }: BenchContext,
  app: string,
  peers: { readonly haproxy: boolean; readonly nginx: boolean },
): Promise<Copy> {
  const role = 'subject';
  const emulator = () => start<EmulatorHandlers>('gate/emulator.ts', { role });
  const gate = await emulator().call('open', { app, addresses: 'local' });
  return {
    gate,
    production: await emulator().call('open', { app, addresses: 'production' }),
    fastify: await start<HttpProxyHandlers>('gate/http-proxy.ts', { role }).call('open', app),
    haproxy: peers.haproxy
      ? await start<HaproxyHandlers>('gate/haproxy.ts', { role }).call('open', { app, admission: gate })
      : undefined,
    nginx: peers.nginx ? await start<NginxHandlers>('gate/nginx.ts', { role }).call('open', app) : undefined,
  };
}
