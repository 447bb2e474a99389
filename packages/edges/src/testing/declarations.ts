import fc from 'fast-check';
import { urlVariable } from '../identity.ts';
import { takenBy } from '../internal/taken-variables.ts';

const POOL = 'iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/github';

const name = fc
  .stringMatching(/^[a-z][-a-z0-9]{0,24}[a-z0-9]$/)
  .filter((text) => !['anonymous', 'stranger'].includes(text) && takenBy(urlVariable(text)) === undefined);

const limit = fc.record(
  {
    paths: fc.uniqueArray(fc.stringMatching(/^\/[a-z]{1,6}(\/\*)?$/), { minLength: 1, maxLength: 4 }),
    until: fc
      .integer({ min: 0, max: 20_000 })
      .map((days) => new Date(Date.UTC(2020, 0, days)).toISOString().slice(0, 10)),
  },
  { requiredKeys: [] },
);

const owner = fc.constantFrom('team-a', 'Ada Lovelace');
const account = fc.stringMatching(/^[a-z][a-z0-9]{4,8}-run$/);
const regions = fc.subarray(['europe-west1', 'us-central1', 'asia-east1'], { minLength: 1 });

/** Names of each kind, of one space. */
interface Names {
  readonly services: readonly string[];
  readonly external: readonly string[];
  readonly jobs: readonly string[];
  readonly workerPools: readonly string[];
  readonly principals: readonly string[];
  readonly senders: readonly string[];
}

const names: fc.Arbitrary<Names> = fc
  .uniqueArray(name, { minLength: 6, maxLength: 16 })
  .map(([first = 'first', ...all]) => {
    const each = (rest: number) => all.filter((_, at) => at % 6 === rest);
    return {
      services: [first, ...each(0)],
      external: each(1),
      jobs: each(2),
      workerPools: each(3),
      principals: each(4),
      senders: each(5),
    };
  });

/** The data of a file that has everything in it, and is right. */
export const files: fc.Arbitrary<Record<string, unknown>> = names.chain((known) =>
  fc
    .subarray([...known.services])
    .chain((open) => {
      const edges = edgesTo(known, new Set(open));
      const workload = {
        calls: edges,
        serviceAccount: account,
        owner,
        regions,
        image: fc.constant('eu.gcr.io/acme/a:1'),
      };
      const words = fc.constantFrom(['node', 'a.js'], ['./server', '--flag', '$HOME']);
      const command = fc.oneof(fc.constantFrom('uvicorn app:app --port $PORT', 'a |\n  b "c"'), words);
      const some = { requiredKeys: [] };
      return fc.record({
        services: entries(known.services, (one) =>
          fc
            .record(
              {
                ...workload,
                command,
                minInstances: fc.nat(100),
                concurrency: fc.integer({ min: 1, max: 1000 }),
                http2: fc.boolean(),
              },
              some,
            )
            .map((entry) => (open.includes(one) ? { ...entry, public: true } : entry)),
        ),
        jobs: entries(known.jobs, () =>
          fc.record(
            { ...workload, command: words, tasks: fc.integer({ min: 1, max: 10_000 }), maxRetries: fc.nat(10) },
            some,
          ),
        ),
        workerPools: entries(known.workerPools, () =>
          fc.record({ ...workload, command, instances: fc.nat(1000) }, some),
        ),
        principals: entries(known.principals, (one) =>
          fc.record(
            {
              member: fc.constantFrom(
                `serviceAccount:${one}@other.iam.gserviceaccount.com`,
                `group:${one}@example.com`,
                `domain:${one}.example.com`.replaceAll(/-+\./g, '.'),
                `principal://${POOL}/subject/${one}`,
                `principalSet://${POOL}/attribute.repository/${one}`,
              ),
              calls: edges,
              owner,
            },
            { requiredKeys: ['member'] },
          ),
        ),
        senders: entries(known.senders, (one) => sender(one, known)),
        external: entries(known.external, (one) => fc.constant({ url: `https://${one}.example.com`, audience: one })),
      });
    })
    .map((file) => file as Record<string, unknown>),
);

function sender(name: string, { services, external, jobs }: Names): fc.Arbitrary<object> {
  const backoff = { minBackoff: fc.nat(10), maxBackoff: fc.integer({ min: 10, max: 600 }) };
  const some = { requiredKeys: [] };
  const timed = fc.record(
    { ...backoff, timeZone: fc.constantFrom('Etc/UTC', 'Europe/Berlin'), body: fc.string() },
    some,
  );
  const queue = fc.record(
    { maxAttempts: fc.integer({ min: -1, max: 9 }), maxRetryDuration: fc.nat(9), ...backoff },
    some,
  );
  const push = fc.record(
    {
      subscription: fc.constant(`${name}-sub`),
      ordering: fc.boolean(),
      ackDeadline: fc.integer({ min: 10, max: 600 }),
    },
    { requiredKeys: ['subscription'] },
  );
  const from = fc.subarray([...services, ...jobs]);
  const kinds = fc.oneof(
    timed.map((rest) => ({ scheduler: { schedule: '0 3 * * *', ...rest } })),
    fc.tuple(queue, from).map(([rest, who]) => ({ tasks: { queue: `${name}-q`, ...rest }, from: who })),
    fc.tuple(push, from).map(([rest, who]) => ({ pubsub: { topic: 'profiles', ...rest }, from: who })),
    fc.constant({
      to: services[0],
      eventarc: { type: 'google.cloud.storage.object.v1.finalized', filters: { bucket: 'b' } },
    }),
  );
  const common = fc.record(
    {
      to: fc.constantFrom(...services, ...external),
      path: fc.constantFrom('/', '/events'),
      serviceAccount: account,
      project: fc.constant('other-project'),
      owner,
    },
    { requiredKeys: ['to'] },
  );
  return fc.tuple(kinds, common).map(([kind, rest]) => ({ ...rest, ...kind }));
}

function edgesTo({ services, external }: Names, open: ReadonlySet<string>): fc.Arbitrary<unknown[]> {
  return fc.subarray([...services, ...external]).chain((receivers) =>
    fc.tuple(
      ...receivers.map((to) =>
        open.has(to) || external.includes(to)
          ? fc.constant<unknown>(to)
          : fc.oneof(
              fc.constant<unknown>(to),
              limit.map((limited) => ({ to, ...limited })),
            ),
      ),
    ),
  );
}

function entries(list: readonly string[], entry: (name: string) => fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(list.map((one) => [one, entry(one)])));
}
