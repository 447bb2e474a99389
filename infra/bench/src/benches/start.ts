import type { Bench } from '../bench.ts';
import { atMost, type Row } from '../measure/row.ts';
import { makeProject, type Project } from '../start/project.ts';

const COLD_LIMIT_MS = 3_000;
const EXEC_LIMIT_MS = 1_500;
const ROUNDS = 5;

export const bench: Bench = {
  title: 'The command, as strangers have it: until the gates of three services answer, and what exec adds to a command',
  run: async (context) => {
    context.progress('packing and installing');
    const project = context.use(await makeProject());
    const rows: Row[] = [];
    const row = async (subject: string, limit: number, measure: (project: Project) => Promise<number>) => {
      const figures: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        context.progress(subject, `${round + 1} of ${ROUNDS}`);
        figures.push(await measure(project));
      }
      rows.push(atMost(limit, { bench: 'start', subject, unit: 'ms' }, figures));
    };
    // What npm keeps of the packages comes with the first.
    await project.untilGates(project.npx);
    await row('npx, cold: installs the tarball', COLD_LIMIT_MS, ({ forget, npx, untilGates }) => {
      forget();
      return untilGates(npx);
    });
    await row('npx, warm', COLD_LIMIT_MS, ({ npx, untilGates }) => untilGates(npx));
    await row('installed, without npx', COLD_LIMIT_MS, ({ installed, untilGates }) => untilGates(installed));
    await row('exec, over the bare command', EXEC_LIMIT_MS, async ({ installed, fronts, took }) => {
      const bare = await took(['true']);
      return (await took([...installed, 'exec', ...fronts, '--', 'true'])) - bare;
    });
    return rows;
  },
};
