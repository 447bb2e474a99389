// Runs a command without a word, and says all that it said where it fails.
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';

const [command, ...args] = process.argv.slice(2);
const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
  stdio: ['ignore', 'pipe', 'pipe'],
  maxBuffer: 256 * 1024 * 1024,
});
if (status !== 0) for (const said of [stdout, stderr, error?.message]) process.stderr.write(said ?? '');
process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0);
