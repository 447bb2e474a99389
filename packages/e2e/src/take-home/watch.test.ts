import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addApp, projectOf } from '../support/repository.ts';
import { app, type RunningUp, runningUp } from './running-up.ts';

const edges = `services:
  search: { public: true }
  other: { public: true }
`;
const program = { program: app };
const timeout = 60_000;

let folder: string;
let up: RunningUp;
beforeEach(() => {
  folder = projectOf(edges, { search: program, other: program });
});
afterEach(async () => {
  await up[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Which start of a service answers. */
async function instance(name: string): Promise<string> {
  const url = (await up.services()).find((one) => one.name === name)?.url ?? '';
  return ((await (await fetch(url)).json()) as { instance: string }).instance;
}

const eventually = (so: () => unknown) => vi.waitFor(so, { timeout: 20_000, interval: 50 });
const inApp = (...path: string[]) => join(folder, 'apps', 'search', ...path);

describe('up --watch', () => {
  test('starts the service whose code changes, and no other; what is under way ends as it began', {
    timeout,
  }, async () => {
    mkdirSync(inApp('node_modules'));
    up = await runningUp(folder, '--watch');
    const [search, other] = [await instance('search'), await instance('other')];
    const held = await up.hold('stranger', 'search');
    for (const path of [['.env'], ['app.log'], ['node_modules', 'x.js'], ['app.js~']])
      writeFileSync(inApp(...path), 'x');
    // Below a folder that comes later.
    mkdirSync(inApp('lib'));
    await eventually(() => expect(up.printed()).toContain('search: lib has changed; starting it anew'));
    await eventually(() => expect(up.printed()).toContain('search runs anew'));
    const second = await instance('search');
    expect(second).not.toBe(search);
    writeFileSync(inApp('lib', 'code.js'), '');
    await eventually(() => expect(up.printed()).toContain('search: lib/code.js has changed'));
    await eventually(async () => expect(await instance('search')).not.toBe(second));
    expect(await instance('other')).toBe(other);
    expect(await held.end()).toBe('200 first last');
    expect(up.printed()).not.toMatch(/(?:\.env|app\.log|x\.js|app\.js~) has changed/);
    expect(up.running.told()).not.toContain('did not come up');
  });

  test('goes on with what runs where the new code fails, until it is mended', { timeout }, async () => {
    up = await runningUp(folder, '--watch');
    const before = await instance('search');
    writeFileSync(inApp('app.js'), 'throw new Error("no luck");');
    await eventually(() =>
      expect(up.running.told()).toMatch(/search did not come up: .*no luck.*\nWhat ran of it before/),
    );
    expect(up.running.told()).not.toContain('being started again');
    expect(await instance('search')).toBe(before);
    writeFileSync(inApp('app.js'), app);
    await eventually(async () => expect(await instance('search')).not.toBe(before));
  });

  test('sees the folder that stands for an image, and not the one that it stands in for', { timeout }, async () => {
    addApp(folder, 'elsewhere', program);
    up = await runningUp(folder, '--watch', '--map', 'search=apps/elsewhere');
    const [search, other] = [await instance('search'), await instance('other')];
    writeFileSync(inApp('app.js'), `${app}//`);
    writeFileSync(join(folder, 'apps', 'elsewhere', 'app.js'), `${app}//`);
    await eventually(async () => expect(await instance('search')).not.toBe(search));
    expect(up.printed().match(/search: \S+ has changed/g)).toEqual(['search: app.js has changed']);
    expect(await instance('other')).toBe(other);
  });

  test('sees the code of a service that came with a change', { timeout }, async () => {
    up = await runningUp(folder, '--watch');
    addApp(folder, 'mail', program);
    up.edit((text) => `${text}  mail: { public: true }\n`);
    await eventually(() => expect(up.printed()).toMatch(/mail is up: http:/));
    const before = await instance('mail');
    writeFileSync(join(folder, 'apps', 'mail', 'app.js'), `${app}//`);
    await eventually(async () => expect(await instance('mail')).not.toBe(before));
  });
});

describe('up', () => {
  test('says which new service did not come up, and tries it again when the file is saved as it is', {
    timeout,
  }, async () => {
    up = await runningUp(folder);
    up.edit((text) => `${text}  mail: { public: true }\n  late: { public: true, source: ../apps/other }\n`);
    await eventually(() => expect(up.running.told()).toMatch(/mail did not come up: .*there is no package\.json/));
    await eventually(() => expect(up.printed()).toMatch(/late is up: http:/));
    addApp(folder, 'mail', program);
    up.edit((text) => text);
    await eventually(() => expect(up.printed()).toContain('mail runs anew'));
    expect(await up.call(undefined, 'mail')).toBe(200);
  });

  test('goes on without its file, and says so', { timeout }, async () => {
    up = await runningUp(folder);
    const before = await instance('search');
    renameSync(up.file, `${up.file}.away`);
    await eventually(() =>
      expect(up.running.told()).toMatch(/edges\.yaml: there is no such file[\s\S]*is not taken like this/),
    );
    renameSync(`${up.file}.away`, up.file);
    await eventually(() => expect(up.printed()).toContain('is right again, and says what it said before.'));
    expect(await instance('search')).toBe(before);
  });

  test('--no-follow takes no change', { timeout }, async () => {
    up = await runningUp(folder, '--no-follow');
    up.edit((text) => text.replace('search: { public: true }', 'search: {}'));
    await pause(1500);
    expect(await up.call(undefined, 'search')).toBe(200);
    unlinkSync(up.file);
    expect(up.running.told()).not.toContain('edges.yaml');
  });
});
