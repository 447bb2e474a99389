import { describe, expect, test } from 'vitest';
import { useRealGcloud } from '../gcloud/on-path.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { startTestProject, type TestProject } from './test-project.ts';
import { changes } from './wire.ts';

// It is killed together with the command that runs it.
useRealGcloud();
const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });

const edges = 'services:\n  front: { public: true, calls: [back] }\n  back: {}\n';
const deploy = ['deploy', '--yes', '--image-prefix', 'example.com/apps', '--tag', 'v1', '--wait', '0'];
const timeout = 600_000;

/**
 * Calls that change something, in one deployment: the APIs, three accounts, two services, two grants. `asked` breaks off
 * before Google hears of it, `answered` when Google has done it and nobody has been told.
 */
const all = Array.from({ length: 8 }, (_, index) => index + 1).flatMap((count) => [
  { count, at: 'asked' as const },
  { count, at: 'answered' as const },
]);
/** RUN_EDGES_BREAK_EVERYWHERE=1 breaks off at every one of them. */
const chosen =
  process.env.RUN_EDGES_BREAK_EVERYWHERE === '1'
    ? all
    : all.filter(({ count, at }) => count === 6 && at === 'answered');

describe.skipIf(missing)(title, () => {
  const opened = () => startTestProject(edges, ['front', 'back']);

  /** Kills the command and the gcloud that it runs. */
  async function breakOff(here: TestProject, when: { count: number; at: string }): Promise<string> {
    const { child, ended } = here.start(deploy, { detached: true });
    let killed = '';
    here.wire.onChange = (call, at, count) => {
      if (count !== when.count || at !== when.at) return undefined;
      killed = call;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      return 'break';
    };
    await ended;
    here.wire.onChange = undefined;
    return killed;
  }

  test('killed at any step and run again, a deployment ends as if nothing had been', {
    timeout: chosen.length * timeout,
  }, async () => {
    await using whole = await opened();
    expect(await whole.run(...deploy)).toMatchObject({ code: 0 });
    expect(whole.wire.calls.filter(changes)).toHaveLength(8);
    const expected = await whole.state();

    for (const when of chosen) {
      await using here = await opened();
      expect(await breakOff(here, when), `${when.at} ${when.count}`).not.toBe('');
      if (when !== all.at(-1)) expect(await here.state(), `${when.at} ${when.count}`).not.toEqual(expected);
      const again = await here.run(...deploy);
      expect({ ...again, when }).toMatchObject({ code: 0, stderr: '', when });
      expect(await here.state(), `${when.at} ${when.count}`).toEqual(expected);
    }
  });

  // gcloud itself tries for half a minute.
  test.skipIf(chosen !== all)(
    'when the network is lost half-way, it says what is not done, and goes on from there',
    { timeout },
    async () => {
      await using here = await opened();
      here.wire.onChange = (_call, at, count) => {
        if (at !== 'asked' || count !== 5) return undefined;
        here.wire.cut();
        return 'break';
      };
      const lost = await here.run(...deploy);
      expect(lost.code).toBe(1);
      expect(lost.stderr).toMatch(
        /^run-edges: The network was lost on the way .* A second run goes on where this one stopped\.$/m,
      );
      expect(lost.stdout).toMatch(/# Not done, 4 of \d+:\ngcloud run deploy back /);

      here.wire.onChange = undefined;
      here.wire.mend();
      expect(await here.run(...deploy)).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
