import { setTimeout as pause } from 'node:timers/promises';
import { type App, startApp } from '../apps/start-app.ts';
import type { Bench } from '../bench.ts';
import { atMost, type Row } from '../measure/row.ts';

const BARE = 'Fastify, bare';
/** Every app is first answered within this many times as long as a bare Fastify server takes. */
const MOST_TIMES = 1.5;
const IDLE_LIMIT_MB = 120;
/** Until what a start leaves behind has been collected or not. */
const SETTLE_MS = 3_000;

// Nobody is called before somebody calls: the addresses need not answer.
const environment = {
  SERVICE_URL: 'http://127.0.0.1:9',
  LOGIN_URL: 'http://127.0.0.1:9',
  USER_PROFILES_URL: 'http://127.0.0.1:9',
  SEARCH_URL: 'http://127.0.0.1:9',
  ALLOWED_CALLERS: 'caller@project.iam.gserviceaccount.com',
};
const apps = ['login', 'user-profiles', 'search'];

export const bench: Bench = {
  title: 'Start-up: from the start of the process to its first answer, and what it holds when idle',
  run: async (context) => {
    const subjects = [
      { name: BARE, baseline: BARE, program: 'infra/bench/src/startup/bare.js' },
      ...apps.map((name) => ({
        name,
        baseline: BARE,
        program: `apps/${name}/dist/server.js`,
        target: 1 / MOST_TIMES,
      })),
    ];
    const rows = await context.compare(
      { unit: 'ms', better: 'lower' },
      subjects.map(({ program, ...subject }) => ({ ...subject, measure: () => firstAnswer(program) })),
      { rounds: 15, milliseconds: 0, warmUpMilliseconds: 0 },
    );
    return [...rows, ...(await idleMemory())];
  },
};

async function firstAnswer(program: string): Promise<number> {
  await using app = await startApp({ program, env: environment });
  return app.firstAnswerMs;
}

async function idleMemory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of apps) {
    const figures: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await using app = await startApp({ program: `apps/${name}/dist/server.js`, env: environment });
      figures.push(...(await residentWhenIdle(app)));
    }
    if (figures.length > 0)
      rows.push(atMost(IDLE_LIMIT_MB, { bench: 'startup', subject: `${name}, idle`, unit: 'MB resident' }, figures));
  }
  return rows;
}

async function residentWhenIdle(app: App): Promise<number[]> {
  await pause(SETTLE_MS);
  const resident = app.residentMb();
  return resident === undefined ? [] : [resident];
}
