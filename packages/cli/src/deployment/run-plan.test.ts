import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each(['SIGINT', 'SIGTERM'])('%s says how far it came, and what may have been done', (signal) => {
  const module = new URL('./run-plan.ts', import.meta.url).href;
  const program = `const { runPlan } = await import(${JSON.stringify(module)});
    const gcloud = { run: async ([, name]) => {
      if (name !== 'two') return '';
      process.kill(process.pid, ${JSON.stringify(signal)});
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    } };
    await runPlan(gcloud, [{ title: 'All', commands: [['do', 'one'], ['do', 'two'], ['do', 'three']] }], console.log);`;
  const args = ['--conditions=run-edges-source', '--input-type=module', '-e', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(130);
  expect(stdout).toBe(
    '\n# All\n\nInterrupted: 1 of 3 commands were done. A second run goes on where this one stopped.\nPerhaps done: gcloud do two\n',
  );
});
