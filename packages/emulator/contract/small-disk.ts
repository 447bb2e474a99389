import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '../src/index.ts';

/**
 * A program for `node small-disk.ts FOLDER APP_URL DEVELOPER_TOKEN`: an emulator that keeps its state on a disk of its own, which each
 * line of the input fills or frees; `restart` ends it and starts it again. It says its API's address, and `done`.
 */
const [folder = '', app = '', developerToken = ''] = process.argv.slice(2);
const filler = join(folder, 'filler');
const names = ['login', 'search', 'other'];

const start = () =>
  startEmulator({
    edges: parseDeclaration('services: { login: { public: true, calls: [search] }, search: {} }', 'edges.yaml'),
    fronts: { login: app, search: app },
    images: Object.fromEntries(names.map((name) => [name, app])),
    stateDir: join(folder, 'state'),
    developerToken,
  });
const say = (cloud: Cloud) =>
  process.stdout.write(`${cloud.url} ${cloud.service('search').url} ${cloud.service('login').listed().metadataHost}\n`);

const isSaving = () => readdirSync(join(folder, 'state')).some((name) => name.startsWith('emulator.json.'));

let cloud = await start();
say(cloud);
for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'fill') {
    // What is written whole takes the place of what it replaces, and would free that again.
    while (isSaving()) await pause(5);
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  }
  if (command === 'free') rmSync(filler);
  if (command === 'restart') {
    await cloud.stop().catch(() => undefined);
    cloud = await start();
  }
  say(cloud);
}
