import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NoPostgresError, startPostgresServer } from '@run-edges/service/testing/postgres-server';
import { type App, startApp } from '../apps/start-app.ts';
import type { Bench, BenchContext } from '../bench.ts';
import { CALLER } from '../google/caller.ts';
import type { GoogleHandlers } from '../google/google.ts';
import { interleave } from '../measure/rounds.ts';
import { atLeast, atMost, type Row, toRows } from '../measure/row.ts';
import { percentile } from '../measure/statistics.ts';
import { type Index, openIndex } from '../search/index.ts';
import { makePeople, type Person, randomNumbers, withOneMistake } from '../search/people.ts';

const PEOPLE = 100_000;
const SEED = 20_261_126;
const ROUNDS = 9;
/** Of each kind in each round: the slowest hundredth is one in a hundred of these. */
const QUESTIONS = 300;
/** So that PostgreSQL has looked at what it got: its server here is set to do so within five seconds. */
const SETTLE_MS = 12_000;
const MEMORY_LIMIT_MB = 300;

interface Kind {
  readonly name: string;
  readonly limitMs: number;
  readonly question: (person: Person, random: () => number) => string;
}

const kinds: readonly Kind[] = [
  { name: 'whole name', limitMs: 10, question: ({ name }) => name },
  {
    name: 'beginning of a word',
    limitMs: 10,
    // What is sent while somebody types: one letter of the first name or more, or of the last name behind the first.
    question: ({ name }, random) => {
      const [first = '', last = ''] = name.split(' ');
      return random() < 0.5
        ? first.slice(0, 1 + Math.floor(random() * first.length))
        : `${first} ${last.slice(0, 1 + Math.floor(random() * last.length))}`;
    },
  },
  { name: 'name with one mistake', limitMs: 80, question: ({ name }, random) => withOneMistake(name, random) },
];

interface Engine {
  readonly name: string;
  readonly app: App;
  readonly index: Index;
}

export const bench: Bench = {
  title: `Search: ${PEOPLE.toLocaleString('en-US')} people, asked by HTTP through the service's own port`,
  run: async (context) => {
    const people = [...makePeople(PEOPLE, SEED)];
    const engines = await startEngines(context);
    for (const { name, index } of engines)
      await index.feed(people, (done) => context.progress(`feeding ${name}`, `${done}/${PEOPLE}`));
    if (engines.length > 1) await pause(SETTLE_MS);

    const rows: Row[] = [];
    for (const kind of kinds) rows.push(...(await measureKind(context, kind, engines, people)));
    for (const { name, app } of engines) {
      const resident = app.residentMb();
      if (resident === undefined) continue;
      const about = { bench: 'search', subject: `${name}: the service's process`, unit: 'MB resident' };
      rows.push(atMost(MEMORY_LIMIT_MB, about, [resident]));
    }
    return rows;
  },
};

async function startEngines(context: BenchContext): Promise<Engine[]> {
  const google = context.start<GoogleHandlers>('google/google.ts', { role: 'helper' });
  const { jwksUri } = await google.call('open');
  const audience = 'http://search.example';
  const [token = ''] = await google.call('sign', { audience, count: 1 });
  const env = { SERVICE_URL: audience, ALLOWED_CALLERS: CALLER, GOOGLE_CERTS_URL: jwksUri };
  const start = async (name: string, own: Record<string, string>): Promise<Engine> => {
    const app = context.use(await startApp({ program: 'apps/search/dist/server.js', env: { ...env, ...own } }));
    return { name, app, index: context.use(openIndex(app.url, token)) };
  };
  const state = mkdtempSync(join(tmpdir(), 'run-edges-bench-'));
  context.use({ [Symbol.asyncDispose]: async () => rmSync(state, { recursive: true, force: true }) });
  const engines = [await start('SQLite', { STATE_DIR: state })];
  try {
    const server = context.use(await startPostgresServer());
    engines.push(await start('PostgreSQL', { DATABASE_URL: server.url }));
  } catch (error) {
    if (!(error instanceof NoPostgresError)) throw error;
    process.stderr.write(`Without rows of PostgreSQL: ${error.message}\n`);
  }
  return engines;
}

/** SQLite's figures stand beside their limits, PostgreSQL's beside SQLite's. */
async function measureKind(
  context: BenchContext,
  { name, limitMs, question }: Kind,
  engines: readonly Engine[],
  people: readonly Person[],
): Promise<Row[]> {
  const recalls = new Map<string, number[]>(engines.map((engine) => [engine.name, []]));
  const subjects = engines.map((engine) => {
    // Both are asked the same, in the same order.
    const random = randomNumbers(SEED);
    const measure = async () => {
      const times: number[] = [];
      let found = 0;
      for (let count = 0; count < QUESTIONS; count += 1) {
        const person = people[Math.floor(random() * people.length)] as Person;
        const { milliseconds, ids } = await engine.index.ask(question(person, random));
        times.push(milliseconds);
        if (ids.includes(person.id)) found += 1;
      }
      recalls.get(engine.name)?.push(found / QUESTIONS);
      return percentile(times, 0.99);
    };
    return { name: `${engine.name}: ${name}`, baseline: `SQLite: ${name}`, measure };
  });
  const plan = { rounds: ROUNDS, milliseconds: 0, warmUpMilliseconds: 0 };
  const samples = await interleave(
    subjects,
    ({ measure }) => measure,
    plan,
    (done, of) => context.progress(`measuring ${name}`, `${done}/${of}`),
  );
  const [sqlite, ...others] = toRows({ bench: 'search', unit: 'ms, 99th percentile', better: 'lower' }, samples);
  if (!sqlite) return [];
  const [figures = []] = samples.values();
  const rows = [atMost(limitMs, sqlite, figures), ...others];
  if (limitMs === 80) {
    for (const [engine, figures] of recalls)
      rows.push(
        atLeast(0.95, { bench: 'search', subject: `${engine}: ${name}`, unit: 'found among the first ten' }, figures),
      );
  }
  return rows;
}
