import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { startCommand } from './start-command.ts';

function app(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'start-command-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('a folder without package.json is no app', () => {
  expect(() => startCommand('search', app({}))).toThrow(
    expect.objectContaining({
      code: 'NO_SOURCE',
      message: expect.stringContaining('search has no app'),
      mend: expect.stringContaining('source:'),
    }),
  );
});

test('a folder that is not there is told so, with the one that is taken by default', () => {
  const [{ source } = { source: '' }] = parseDeclaration('services: { nowhere: {} }', 'infra/edges.yaml').services;
  expect(source).toBe(resolve('infra', '../apps/nowhere'));
  expect(() => startCommand('nowhere', source)).toThrow(
    expect.objectContaining({
      code: 'NO_SOURCE',
      message: 'nowhere has no app: there is no package.json in apps/nowhere, which is not there either.',
      mend: expect.stringContaining('relative to that file (default: ../apps/nowhere)'),
    }),
  );
  expect(() => startCommand('nowhere', source, { own: 'node .' })).toThrow(
    expect.objectContaining({
      message: 'nowhere has no app: there is no folder apps/nowhere.',
      mend: expect.stringContaining('relative to that file (default: ../apps/nowhere)'),
    }),
  );
});

test.each(['{}', '{"scripts":{}}', '{"scripts":{"start":""}}', '{"scripts":{"start":1}}', 'not json'])(
  'a package.json without a start script is told: %s',
  (manifest) => {
    expect(() => startCommand('search', app({ 'package.json': manifest }))).toThrow(
      expect.objectContaining({ code: 'NO_START_SCRIPT' }),
    );
  },
);

test('a missing build is told with the file and the command that makes it', () => {
  const folder = app({ 'package.json': '{"scripts":{"start":"node --enable-source-maps dist/server.js"}}' });
  expect(() => startCommand('search', folder)).toThrow(
    expect.objectContaining({
      code: 'NOT_BUILT',
      message: expect.stringContaining('dist/server.js is missing'),
      mend: 'Run npm run build.',
    }),
  );
});

test('the start script is the command', () => {
  const manifest = '{"scripts":{"start":"node server.mjs --flag"}}';
  expect(startCommand('search', app({ 'package.json': manifest, 'server.mjs': '' }))).toBe('node server.mjs --flag');
});

test('what the container says runs instead, word by word, whatever is in the folder', () => {
  const odd = ['a b', "it's", '$HOME', ''];
  expect(startCommand('search', app({}), { command: ['python3', 'main.py'], args: odd })).toBe(
    `'python3' 'main.py' 'a b' 'it'\\''s' '$HOME' ''`,
  );
});

test('args alone follow the start script', () => {
  const folder = app({ 'package.json': '{"scripts":{"start":"node ."}}' });
  expect(startCommand('search', folder, { args: ['--port', '80'] })).toBe("node . '--port' '80'");
  expect(startCommand('search', folder, { command: [], args: [] })).toBe('node .');
  const said = app({ 'package.json': '{"scripts":{"start":"node . # the server"}}' });
  expect(startCommand('search', said, { args: ['--port', '80'] })).toBe("node . '--port' '80'");
  expect(startCommand('search', said)).toBe('node . # the server');
});

test('what the declaration says stands for the image’s own: a text for a shell of its own, with the args behind it', () => {
  const own = 'uvicorn app:app --port $PORT';
  expect(startCommand('search', app({}), { own })).toBe("/bin/sh -c 'uvicorn app:app --port $PORT'");
  expect(startCommand('search', app({ 'package.json': '{}' }), { own: " echo 'a' \n", args: ['b c'] })).toBe(
    `/bin/sh -c 'echo '\\''a'\\'' '\\''b c'\\'''`,
  );
  expect(startCommand('search', app({}), { own, command: ['./other'], args: ['a'] })).toBe("'./other' 'a'");
});

test('or words, as they stand', () => {
  expect(startCommand('search', app({}), { own: ['./server', '$PORT', "it's"], args: ['a'] })).toBe(
    `'./server' '$PORT' 'it'\\''s' 'a'`,
  );
});

test.each(['./gone', './file'])('a command without its folder %s is told', (name) => {
  const folder = join(app({ file: '' }), name);
  expect(() => startCommand('search', folder, { own: 'node server.js' })).toThrow(
    expect.objectContaining({
      code: 'NO_SOURCE',
      message: expect.stringContaining('search has no app: there is no folder'),
      mend: expect.stringContaining('source:'),
    }),
  );
});

describe('args follow a text for the shell', () => {
  /** What a shell makes of it, as the emulator has one run it. */
  const run = (own: string) => {
    const command = startCommand('search', app({}), { own, args: ['a b', '#c'] });
    return spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { ...process.env, X: 'a#b' } }).stdout;
  };

  test.each([
    ['echo # a comment', 'a b #c\n'],
    ['echo #', 'a b #c\n'],
    ['echo x # one # two', 'x a b #c\n'],
    ['echo x;# none', 'x\n'],
    ["echo 'a\nb' # this", 'a\nb a b #c\n'],
    ['# first\necho x', 'x a b #c\n'],
    ['echo one # first\necho two # second', 'one\ntwo a b #c\n'],
  ])('without the comment that it ends in: %j', (own, said) => {
    expect(run(own)).toBe(said);
  });

  test.each([
    ['echo "a # b"', 'a # b a b #c\n'],
    ["echo 'a # b'", 'a # b a b #c\n'],
    ['echo a \\# b', 'a # b a b #c\n'],
    ['echo a#b', 'a#b a b #c\n'],
    ['echo $#', '0 a b #c\n'],
    [`echo \${X#a} \${X%#b}`, '#b a a b #c\n'],
    ['echo "$(echo "a # b")"', 'a # b a b #c\n'],
    ['echo `echo "a # b"`', 'a # b a b #c\n'],
  ])('with all of it where there is none: %j', (own, said) => {
    expect(run(own)).toBe(said);
  });
});
