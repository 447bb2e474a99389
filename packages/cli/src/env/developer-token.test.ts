import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '@run-edges/emulator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { folderOf, keepToken, readToken } from './developer-token.ts';

const api = 'http://127.0.0.1:8080';
const cloud = { url: api, developerToken: 'of-this-run' } as Cloud;
let root: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-edges-token-'));
  vi.stubEnv('XDG_CACHE_HOME', root);
  vi.stubEnv('RUN_EDGES_TOKEN', '');
  file = join(root, 'run-edges', '127.0.0.1-8080', 'token');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

test('is kept in a file that its owner alone reads, and read by the address', () => {
  expect(keepToken(cloud)).toBeUndefined();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folderOf(api)).mode & 0o777).toBe(0o700);
  expect(readToken(`${api}/`)).toBe('of-this-run');
});

test('goes with the process', () => {
  const module = new URL('./developer-token.ts', import.meta.url).href;
  const program = `const { keepToken, readToken } = await import(${JSON.stringify(module)});
    keepToken(${JSON.stringify(cloud)}); process.stdout.write(readToken(${JSON.stringify(api)}));`;
  const args = ['--conditions=run-edges-source', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env } });
  expect(stdout, stderr).toBe('of-this-run');
  expect(existsSync(file)).toBe(false);
});

test('of one that was killed is replaced, and a link is not followed', () => {
  mkdirSync(folderOf(api), { recursive: true });
  const target = join(root, 'elsewhere');
  writeFileSync(target, 'stale');
  symlinkSync(target, file);
  expect(keepToken(cloud)).toBeUndefined();
  expect(readFileSync(target, 'utf8')).toBe('stale');
  expect(readToken(api)).toBe('of-this-run');
});

test('that cannot be kept is told, with another way', () => {
  writeFileSync(join(root, 'run-edges'), '');
  expect(keepToken(cloud)).toMatch(/cannot be kept in .*token \(E\w+\).*RUN_EDGES_TOKEN/);
});

test.each([
  ['another port', 'http://127.0.0.1:8081'],
  ['another name of the machine, where another program may listen', 'http://localhost:8080'],
  ['another family', 'http://[::1]:8080'],
  ['another machine', 'http://example.com:8080'],
])('is none for %s', (_what, other) => {
  keepToken(cloud);
  expect(() => readToken(other)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('ENOENT'),
      mend: expect.stringContaining('RUN_EDGES_TOKEN'),
    }),
  );
});

test.each([0o640, 0o604, 0o660, 0o666])('that others may read or write is not believed: mode %o', (mode) => {
  keepToken(cloud);
  chmodSync(file, mode);
  expect(() => readToken(api)).toThrow('is not yours alone');
});

test('behind a link is not believed', () => {
  keepToken(cloud);
  const other = join(root, 'other');
  writeFileSync(other, 'planted', { mode: 0o600 });
  rmSync(file);
  symlinkSync(other, file);
  expect(() => readToken(api)).toThrow('ELOOP');
});

test.each([
  ['nothing', ''],
  ['a line break, which no header holds', 'secret\nX: y'],
  ['an escape', 'secret\u001b[2J'],
  ['other letters', 'sécret'],
  ['a megabyte', 's'.repeat(1 << 20)],
])('that is %s is not sent, and not shown', (_, text) => {
  mkdirSync(folderOf(api), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => readToken(api)).toThrow(expect.objectContaining({ message: `${file} holds no token.` }));
  if (text === '') return;
  vi.stubEnv('RUN_EDGES_TOKEN', text);
  expect(() => readToken(api)).toThrow(expect.objectContaining({ message: 'RUN_EDGES_TOKEN holds no token.' }));
});

test.each(['pipe', 'folder'])('that is a %s is not waited for', (kind) => {
  mkdirSync(folderOf(api), { recursive: true, mode: 0o700 });
  if (kind === 'folder') mkdirSync(file, { mode: 0o700 });
  else spawnSync('mkfifo', ['-m', '600', file]);
  expect(() => readToken(api)).toThrow('holds no token');
});

test('of the environment goes before the file', () => {
  keepToken(cloud);
  vi.stubEnv('RUN_EDGES_TOKEN', 'of-the-environment');
  expect(readToken(api)).toBe('of-the-environment');
});
