// Runs the pnpm that package.json pins, fetching it where it is missing: needs only Node >= 20 with npm.
// Signals are passed on, so that ending `npm start` ends everything that it started.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';

const { env } = process;
const script = env.npm_lifecycle_event;
// Flags of scripts that are not the run-edges command's: npm keeps them where they stand before its --, in silence.
const flags = { bench: ['json'], mutants: ['sample', 'seed'], test: ['all'] };
const kept = (flags[script] ?? []).filter((flag) => env[`npm_config_${flag}`] && !process.argv.includes(`--${flag}`));
if (kept.length > 0) {
  console.error(
    `run-edges: npm took --${kept.join(', --')} for itself. Write: ${script === 'test' ? 'npm test' : `npm run ${script}`} -- --${kept[0]}`,
  );
  process.exit(2);
}
if (!existsSync(new URL('../node_modules', import.meta.url)))
  console.error('run-edges: the first time, what is needed is installed and built; it takes a minute or two.');

const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

function findPnpm() {
  const own = spawnSync('pnpm', ['--version'], { encoding: 'utf8' });
  if (`pnpm@${own.stdout?.trim()}` === packageManager) return 'pnpm';
  const fetched = spawnSync(
    'npx',
    ['--yes', '--loglevel=error', `--package=${packageManager}`, '--call', 'command -v pnpm'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return fetched.status === 0 ? fetched.stdout.trim() : undefined;
}

const pnpm = findPnpm();
if (pnpm === undefined) {
  console.error(
    `run-edges: ${packageManager} could not be fetched. Check the network and the registry that npm uses (npm ping), and try again.`,
  );
  process.exit(1);
}
const path = pnpm === 'pnpm' ? env.PATH : [dirname(pnpm), env.PATH].join(delimiter);
// What npm says of its caller, pnpm would say of itself. Other projects that these scripts work in are none of it.
const caller = script && {
  RUN_EDGES_CALLED_FROM: env.INIT_CWD,
  RUN_EDGES_CALLED_IN: process.cwd(),
  RUN_EDGES_SCRIPT: script,
};
const child = spawn(pnpm, process.argv.slice(2), { stdio: 'inherit', env: { ...env, ...caller, PATH: path } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm may be killed without a word: then nobody waits for us any more.
const parent = process.ppid;
setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 1000).unref();
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
