import type { Bench, BenchContext, MeasuredSubject } from '../bench.ts';
import type { GoogleHandlers } from '../google/google.ts';
import { copyAt } from '../measure/rounds.ts';
import type { Row, Subject } from '../measure/row.ts';
import type { CallerHandlers } from '../outbound/caller.ts';
import { onCloudRun } from '../outbound/on-cloud-run.ts';
import type { ReceiverHandlers } from '../outbound/receiver.ts';
import type { OutboundSettings } from '../outbound/settings.ts';
import type { ProgramOptions } from '../processes/start-program.ts';

interface NamedModule extends Subject {
  /** File in `outbound/callers`. */
  readonly module: string;
}

const POOL = 'undici Pool.request, bare';
const FETCH = 'fetch, bare';
const POOL_HEADER = 'the same header each time + Pool.request';
const FETCH_HEADER = 'the same header each time + fetch';
/** Of what any token costs. */
const SHARE_OF_HEADER = 0.98;
const callers: readonly NamedModule[] = [
  { name: POOL, module: 'pool', baseline: POOL },
  { name: POOL_HEADER, module: 'header-by-hand-pool', baseline: POOL },
  {
    name: '@run-edges/auth/outbound, interceptor',
    module: 'run-edges-interceptor',
    baseline: POOL,
    target: 0.9,
    also: [{ baseline: POOL_HEADER, target: SHARE_OF_HEADER }],
  },
  { name: 'google-auth-library headers + Pool.request', module: 'google-headers-pool', baseline: POOL },
  { name: FETCH, module: 'fetch', baseline: FETCH },
  { name: FETCH_HEADER, module: 'header-by-hand-fetch', baseline: FETCH },
  {
    name: '@run-edges/auth/outbound, fetch',
    module: 'run-edges-fetch',
    baseline: FETCH,
    target: 0.95,
    also: [{ baseline: FETCH_HEADER, target: SHARE_OF_HEADER }],
  },
  { name: 'google-auth-library headers + fetch', module: 'google-headers-fetch', baseline: FETCH },
  { name: 'IdTokenClient.request', module: 'id-token-client', baseline: FETCH },
  { name: 'new IdTokenClient for each request', module: 'id-token-client-per-request', baseline: FETCH },
];

const IN_FLIGHT = 32;
const COPIES = 5;

export const bench: Bench = {
  title: 'Outbound: a service that calls another with an ID token',
  run: async (context) => {
    const google = context.start<GoogleHandlers>('google/google.ts', { role: 'helper' });
    const { metadataHost } = await google.call('open');
    const receiver = context.start<ReceiverHandlers>('outbound/receiver.ts', { role: 'helper' });
    const settings = { origin: await receiver.call('open') };
    const rows: Row[] = [];
    for (const baseline of [POOL, FETCH]) {
      const group = callers.filter((caller) => caller.baseline === baseline);
      rows.push(...(await compareInOneProcess(context, group, settings, onCloudRun(metadataHost))));
    }
    return rows;
  },
};

/** A service does not make one call for ever: these share a process, with what that does to its heap and its compiler. */
async function compareInOneProcess(
  context: BenchContext,
  group: readonly NamedModule[],
  settings: OutboundSettings,
  env: NonNullable<ProgramOptions['env']>,
): Promise<Row[]> {
  const copies = Array.from({ length: COPIES }, () =>
    context.start<CallerHandlers>('outbound/caller.ts', { role: 'subject', env }),
  );
  for (const copy of copies) await copy.call('open', { callers: group.map(({ module }) => module), settings });
  const subjects: MeasuredSubject[] = group.map(({ module, ...subject }) => ({
    ...subject,
    measure: (milliseconds, copy) =>
      copyAt(copies, copy).call('run', { caller: module, inFlight: IN_FLIGHT, milliseconds }),
  }));
  const plan = { rounds: 15, milliseconds: 200, warmUpMilliseconds: 700, copies: COPIES };
  return context.compare({ unit: 'calls/s', better: 'higher' }, subjects, plan);
}
