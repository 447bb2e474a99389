// Runs the pnpm that package.json pins, fetching it where it is missing: needs only Node >= 20 with npm.
// Signals are passed on, so that ending `npm start` ends everything that it started.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';

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
const path = pnpm === 'pnpm' ? process.env.PATH : [dirname(pnpm), process.env.PATH].join(delimiter);
const child = spawn(pnpm, process.argv.slice(2), { stdio: 'inherit', env: { ...process.env, PATH: path } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm may be killed without a word: then nobody waits for us any more.
const parent = process.ppid;
setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 1000).unref();
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
