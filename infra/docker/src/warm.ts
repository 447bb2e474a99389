// Starts the server once, so that Node keeps its compiled code: node warm.ts CACHE_FOLDER HEALTH_PATH [ARGUMENT...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [cache = 'compiled', path = '/', ...args] = process.argv.slice(2);
const env = { ...process.env, NODE_COMPILE_CACHE: cache, PORT: '8080', SERVICE_URL: 'http://127.0.0.1:8080' };
const run = (...command: readonly string[]) => spawn(process.execPath, command, { env, stdio: 'inherit' });

const server = run('dist/server.js', ...args);
const ended = once(server, 'exit');
const ready = async () => (await once(run('health.js', path), 'exit'))[0] === 0;
for (let left = 100; left > 0 && server.exitCode === null && !(await ready()); left--) await delay(100);
server.kill('SIGTERM');
const [code] = await ended;
// An app that needs more of its environment than is known here starts without compiled code, a little later.
if (code !== 0) console.error(`not warm: the server ended with ${code}`);
// Node keeps it for itself; in the image it belongs to root, and is read.
for (const name of readdirSync(cache, { recursive: true, encoding: 'utf8' })) chmodSync(join(cache, name), 0o755);
