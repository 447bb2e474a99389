import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findIsolation, type Isolation } from './isolation.ts';
import type { ProcessGroup } from './process-group.ts';

/** Asked once: what a machine allows. */
const { apart, says } = await findIsolation('auto');
if (!apart) console.log(says);

const unshare = ['--user', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child', '--'];
const hasNamespaces = spawnSync('unshare', [...unshare, 'true']).status === 0;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-edges-isolation-'));
  for (const folder of ['source', 'state/mine', 'state/others', 'cache/run-edges'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'state', 'emulator.json'), 'keys');
  writeFileSync(join(root, 'state', 'others', 'data'), 'of another');
  writeFileSync(join(root, 'state', 'mine', 'data'), 'mine');
  writeFileSync(join(root, 'cache', 'run-edges', 'token'), 'secret');
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const folders = (source = join(root, 'source')) => ({
  source,
  state: join(root, 'state'),
  own: join(root, 'state', 'mine'),
});

async function starter(isolation?: Isolation) {
  return (isolation ?? (await findIsolation('auto'))).starterFor({ name: 'mine' }, folders());
}

/** What these commands do to mounts must happen in namespaces, or not at all: else it would be this machine's. */
async function start(command: string): Promise<ProcessGroup> {
  const isolation = await findIsolation('auto');
  if (!isolation.apart) throw new Error(isolation.says);
  const startProcess = await starter(isolation);
  const group = startProcess(command, {
    cwd: join(root, 'source'),
    env: { PATH: process.env.PATH ?? '', MINE: 'yes' },
  });
  onTestFinished(() => group.stop(0));
  return group;
}

/** What the command prints, and its exit code. */
async function run(command: string): Promise<{ code: number; out: string }> {
  const { child, ended } = await start(command);
  const out = await text(child.stdout as NodeJS.ReadableStream & AsyncIterable<Buffer>);
  return { code: await ended, out: out.trim() };
}

/** Ids of the processes whose command line holds this text. */
function processesOf(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(mark);
    } catch {
      return false;
    }
  });
}

describe('where it is not wanted', () => {
  test('services are started plainly, and that is said', async () => {
    const none = await findIsolation('none');
    expect(none).toMatchObject({
      apart: false,
      says: expect.stringContaining('not kept apart (as --isolation none wants it)'),
    });
    const group = (await starter(none))('readlink /proc/self/ns/pid; ls ../state', {
      cwd: join(root, 'source'),
      env: {},
    });
    const out = await text(group.child.stdout as NodeJS.ReadableStream & AsyncIterable<Buffer>);
    expect(out).toContain('pid:');
    expect(out).toContain('emulator.json');
  });
});

describe.skipIf(!hasNamespaces)('where this machine has namespaces', () => {
  test('services are kept apart', () => {
    expect(says).toContain('The services are kept apart');
  });

  test('also where something is mounted below the folder for temporary files, such as a container engine’s data', () => {
    const program = `
      import { mkdirSync } from 'node:fs';
      import { execFileSync } from 'node:child_process';
      import { findIsolation } from ${JSON.stringify(new URL('isolation.ts', import.meta.url).href)};
      mkdirSync(process.env.TMPDIR + '/data');
      execFileSync('mount', ['-t', 'tmpfs', 'data', process.env.TMPDIR + '/data']);
      console.log((await findIsolation('auto')).says);
    `;
    mkdirSync(join(root, 'temporary'));
    const command = [...unshare, process.execPath, '--input-type=module', '--eval', program];
    const env = { ...process.env, TMPDIR: join(root, 'temporary') };
    const { stdout, stderr } = spawnSync('unshare', command, { env, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toMatch(/^The services are kept apart/);
  });
});

describe.skipIf(!apart)('in namespaces of its own', () => {
  test('a command is the same user in the same folder, with its environment', async () => {
    expect(await run('id -u; id -g; pwd; echo $MINE')).toEqual({
      code: 0,
      out: [process.getuid?.(), process.getgid?.(), join(root, 'source'), 'yes'].join('\n'),
    });
  });

  test('its exit code is told', async () => {
    expect((await run('exit 7')).code).toBe(7);
    expect((await run('sh -c "kill -KILL \\$\\$"')).code).toBe(137);
  });

  test('of the state it finds its own, and writes it through', async () => {
    expect(await run('ls ../state; cat ../state/mine/data; echo more >> ../state/mine/data')).toEqual({
      code: 0,
      out: 'mine\nmine',
    });
    expect(readFileSync(join(root, 'state', 'mine', 'data'), 'utf8')).toBe('minemore\n');
    expect(readFileSync(join(root, 'state', 'emulator.json'), 'utf8')).toBe('keys');
  });

  test('the developer’s folder is empty, by every way to it', async () => {
    symlinkSync(join(root, 'cache'), join(root, 'source', 'link'));
    const ways = [
      '../cache/run-edges',
      'link/run-edges',
      '/proc/self/cwd/../cache/run-edges',
      '/proc/self/root$PWD/link/run-edges',
      '/proc/1/root$PWD/link/run-edges',
    ];
    for (const way of ways)
      expect(await run(`ls -d ${way} && ls -A ${way}`), way).toEqual({ code: 0, out: expect.stringMatching(/^\S+$/) });
  });

  test('what is hidden cannot be laid open, by no namespace that it makes', async () => {
    const look = 'umount ../cache/run-edges; umount -l ../state; umount /proc; ls -A ../cache/run-edges ../state';
    for (const around of [
      'sh -c',
      'unshare --map-root-user --mount sh -c',
      'unshare --map-root-user --mount --pid --fork --mount-proc sh -c',
    ])
      expect((await run(`${around} '${look}' 2>/dev/null`)).out, around).not.toMatch(/token|emulator\.json|others/);
  });

  test('it has no capability, so that it cannot take its own /proc away', async () => {
    expect((await run('grep CapEff /proc/self/status')).out).toMatch(/CapEff:\s+0{16}$/);
    const { out } = await run("umount /proc 2>/dev/null; umount -l /proc 2>/dev/null; ls /proc | grep -c '^[0-9]'");
    expect(Number(out)).toBeLessThan(8);
  });

  test('it sees and signals its own processes alone', async () => {
    const { out } = await run(`ls /proc | grep -c '^[0-9]'; kill -0 ${process.pid} 2>&1; kill -0 ${process.ppid} 2>&1`);
    const [count, ...rest] = out.split('\n');
    expect(Number(count)).toBeLessThan(8);
    expect(rest.join()).toMatch(/no such process.*no such process/i);
  });

  test('nothing that it leaves behind outlives it', async () => {
    const mark = `${Date.now()}.${process.pid}`;
    const { code } = await run(
      `setsid sleep 60 ${mark} & (trap "" TERM HUP; sleep 60 ${mark}) & until grep -qs ${mark} /proc/*/cmdline; do :; done`,
    );
    expect(code).toBe(0);
    await vi.waitFor(() => expect(processesOf(mark)).toEqual([]));
  });

  test('nothing outlives a parent that is killed, what has left its group neither', async () => {
    const mark = `86400.${process.pid}`;
    const modules = ['isolation', 'process-group'].map((name) => new URL(`./${name}.ts`, import.meta.url).href);
    const program = `
      const { findIsolation } = await import(${JSON.stringify(modules[0])});
      const startProcess = (await findIsolation('auto')).starterFor({ name: 'mine' }, ${JSON.stringify(folders())});
      startProcess('setsid sleep ${mark} & sleep ${mark}', { cwd: '/', env: { PATH: process.env.PATH } });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    await vi.waitFor(() => expect(processesOf(mark)).toHaveLength(2), { timeout: 20_000 });
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await vi.waitFor(() => expect(processesOf(mark)).toEqual([]), { timeout: 25_000 });
  });

  test('commands of its own folders stand in for none that the walls are made with', async () => {
    const bin = join(root, 'source', 'bin');
    mkdirSync(bin);
    for (const name of ['unshare', 'mount', 'mkdir', 'sh', 'sleep'])
      writeFileSync(join(bin, name), `#!/bin/sh\ntouch ${root}/escaped\nexit 1\n`, { mode: 0o755 });
    const group = (await starter())('echo up', {
      cwd: join(root, 'source'),
      env: { PATH: `${bin}:${process.env.PATH}` },
    });
    expect(await text(group.child.stdout as NodeJS.ReadableStream & AsyncIterable<Buffer>)).toBe('up\n');
    expect(existsSync(join(root, 'escaped'))).toBe(false);
  });

  test('a state folder around the source is refused, with what mends it', async () => {
    const isolation = await findIsolation('auto');
    const inside = join(root, 'state', 'others');
    symlinkSync(inside, join(root, 'alias'));
    for (const source of [inside, join(root, 'alias'), join(root, 'state')])
      expect(() => isolation.starterFor({ name: 'mine' }, folders(source)), source).toThrow(
        expect.objectContaining({ code: 'STATE_EXPOSED', mend: expect.stringContaining('--state') }),
      );
  });

  test('the developer sees and debugs it as any process', async () => {
    const { child } = await start('sleep 60');
    const inside = () =>
      execFileSync('ps', ['-o', 'pid=', '--ppid', `${child.pid}`])
        .toString()
        .trim()
        .split(/\s+/)[0] ?? '';
    await vi.waitFor(() => expect(readFileSync(`/proc/${inside()}/environ`, 'utf8')).toContain('MINE=yes'));
  });
});
