import { expect, test } from 'vitest';
import { demo } from '../demo/demo.ts';
import { createProgram } from '../main.ts';
import { keptByNpm, keptFlags } from './kept-flags.ts';

const command = (name: string) => {
  const found = createProgram(demo).commands.find((one) => one.name() === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const byNpm = { npm_lifecycle_event: 'check', npm_lifecycle_script: 'run-edges check', npm_command: 'run' };
const kept = (argv: readonly string[], env: NodeJS.ProcessEnv) => keptFlags(command(argv[0] ?? ''), argv, env);

test('each flag of each command that npm kept is named', () => {
  for (const one of createProgram(demo).commands)
    for (const { long } of one.options) {
      const env = { ...byNpm, [`npm_config_${long?.slice(2).replaceAll('-', '_')}`]: 'true' };
      expect(keptFlags(one, [one.name()], env)).toEqual([long]);
    }
});

test.each([
  ['was given, too', ['check', '--json'], { npm_config_json: 'true' }],
  ['was given with a value', ['deploy', '--tag=v1'], { npm_config_tag: 'next' }],
  ['is no flag of the command', ['check'], { npm_config_yes: 'true', npm_config_cafile: '/x' }],
  ['was taken back', ['check'], { npm_config_json: '' }],
  ['was for a script that runs something else', ['check'], { npm_config_json: 'true', npm_lifecycle_script: 'vitest' }],
  [
    'was for a script that names something of ours',
    ['check'],
    { npm_config_json: 'true', npm_lifecycle_script: 'pnpm --filter @run-edges/e2e run browser' },
  ],
  ['is npx’s own', ['destroy'], { npm_config_yes: 'true', npm_lifecycle_event: 'npx' }],
  ['belongs to no script', ['check'], { npm_config_json: 'true', npm_lifecycle_script: undefined }],
])('but none that %s', (_, argv, env) => {
  expect(kept(argv, { ...byNpm, ...env })).toEqual([]);
});

test.each([
  ['run-edges check'],
  ['FOO=1 npx run-edges check'],
  ["'run-edges'"],
  ['node packages/cli/bin/run-edges.js check'],
  ['npm run build && node_modules/.bin/run-edges check'],
])('a script that is %s runs this command', (script) => {
  expect(kept(['check'], { ...byNpm, npm_config_json: 'true', npm_lifecycle_script: script })).toEqual(['--json']);
});

test('the mend is what to type', () => {
  expect(keptByNpm(['--json'], ['check'], byNpm)).toMatch(/^npm took --json for itself\. .*: npm run check -- --json$/);
  expect(keptByNpm(['--port'], ['up'], { npm_lifecycle_event: 'start' })).toMatch(/: npm start -- --port$/);
  const wrapped = {
    npm_lifecycle_event: 'check:edges',
    RUN_EDGES_CALLED_IN: process.cwd(),
    RUN_EDGES_SCRIPT: 'run-edges',
  };
  expect(keptByNpm(['--json'], ['verify'], wrapped)).toMatch(/: npm run run-edges -- verify --json$/);
  expect(keptByNpm(['--json'], ['check'], { npm_lifecycle_event: 'npx' })).toMatch(/behind the command/);
});
