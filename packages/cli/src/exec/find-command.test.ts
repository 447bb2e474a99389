import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCommand } from './find-command.ts';
import { runCommand } from './run-command.ts';

let cwd: string;
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-find-')));
  for (const folder of ['bin', 'other', 'other/folder']) mkdirSync(join(cwd, folder));
  for (const [file, mode] of [
    ['bin/tool', 0o755],
    ['bin/text', 0o644],
    ['other/late', 0o755],
    ['bin/late', 0o644],
    ['here', 0o755],
  ] as const) {
    writeFileSync(join(cwd, file), '#!/bin/sh\n');
    chmodSync(join(cwd, file), mode);
  }
  symlinkSync('nowhere', join(cwd, 'bin', 'broken'));
  symlinkSync('tool', join(cwd, 'bin', 'link'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const signals = { first: new AbortController().signal, exitCode: () => 0, passTo: () => undefined };
const PATHS = ['bin:other', 'bin/tool:bin:other', '', 'bin::other', ':', 'no-such-folder'];

/** The exit code and the message where it is refused; what says that it can be run otherwise. */
async function outcome(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'runs';
  } catch (error) {
    const { exitCode, message } = error as { exitCode: number; message: string };
    return `${exitCode} ${message}`;
  }
}

test.each(PATHS)('with the PATH %j it finds what the system would run, and says what it would', async (PATH) => {
  const files = ['tool', 'text', 'late', 'here', 'broken', 'link', 'folder', 'none', './here', 'bin/tool', 'bin/text'];
  for (const file of [
    ...files,
    './none',
    'bin',
    '/',
    'bin/tool/inside',
    'none/at/all',
    join(cwd, 'bin', 'tool'),
    '..',
  ]) {
    const env = { PATH };
    const found = await outcome(() => findCommand(file, cwd, env));
    const ran = await outcome(() => runCommand([file], { cwd, env, signals }));
    expect([file, found]).toEqual([file, ran]);
  }
});

test('for who has no PATH the system’s own counts: nothing is refused before', () => {
  expect(() => findCommand('sh', cwd, {})).not.toThrow();
  expect(() => findCommand('./none', cwd, {})).toThrow('There is no command "./none".');
});
