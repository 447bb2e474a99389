import type { Bench, BenchContext, MeasuredSubject } from '../bench.ts';
import type { ChainServiceHandlers, Link } from '../chain/service.ts';
import type { Google, GoogleHandlers } from '../google/google.ts';
import type { LoadHandlers } from '../load/load-generator.ts';
import { copyAt } from '../measure/rounds.ts';
import type { Subject } from '../measure/row.ts';
import { onCloudRun } from '../outbound/on-cloud-run.ts';
import { GUARDED, OPEN } from '../outbound/settings.ts';

interface Chain extends Subject {
  /** Files in `inbound/guards` and `outbound/callers`. */
  readonly guard?: string;
  readonly caller: string;
}

const NONE = 'no authentication anywhere';
const chains: readonly Chain[] = [
  { name: NONE, baseline: NONE, caller: 'fetch' },
  { name: '@run-edges/auth', baseline: NONE, target: 0.85, guard: 'run-edges', caller: 'run-edges-fetch' },
  { name: 'IdTokenClient.request, jose jwtVerify', baseline: NONE, guard: 'jose', caller: 'id-token-client' },
];

const CONNECTIONS = 32;
const COPIES = 3;

export const bench: Bench = {
  title: 'Chain: browser -> login -> user-profiles -> search, three services of which two ask for ID tokens',
  run: async (context) => {
    const google = await context.start<GoogleHandlers>('google/google.ts', { role: 'helper' }).call('open');
    const generator = context.start<LoadHandlers>('load/load-generator.ts', { role: 'helper' });
    const subjects: MeasuredSubject[] = [];
    for (const { guard, caller, ...subject } of chains) {
      const urls: string[] = [];
      for (let copy = 0; copy < COPIES; copy += 1) urls.push(await openChain(context, google, caller, guard));
      subjects.push({
        ...subject,
        measure: (milliseconds, copy) =>
          generator.call('run', { url: copyAt(urls, copy), connections: CONNECTIONS, headers: {}, milliseconds }),
      });
    }
    const plan = { rounds: 12, milliseconds: 250, warmUpMilliseconds: 1_500, copies: COPIES };
    return context.compare({ unit: 'requests/s', better: 'higher' }, subjects, plan);
  },
};

/** Gives the URL that a browser asks: the first service of a chain is public. */
async function openChain(context: BenchContext, google: Google, caller: string, guard?: string): Promise<string> {
  const open = (link: Omit<Link, 'google'>) =>
    context
      .start<ChainServiceHandlers>('chain/service.ts', { role: 'subject', env: onCloudRun(google.metadataHost) })
      .call('open', { google, ...link });
  const guarded = guard === undefined ? {} : { guard };
  const search = await open(guarded);
  const userProfiles = await open({ ...guarded, next: { caller, origin: search } });
  const login = await open({ next: { caller, origin: userProfiles } });
  return login + (guard === undefined ? OPEN : GUARDED);
}
