import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeclarationError } from './declaration-error.ts';
import { readDeclaration } from './read-declaration.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edges-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function pipe(): string {
  const path = join(folder, `pipe-${made++}`);
  execFileSync('mkfifo', [path]);
  return path;
}

function link(to: string, name = `link-${made++}`): string {
  const path = join(folder, name);
  symlinkSync(to, path);
  return path;
}

function refusal(file: string): DeclarationError {
  try {
    readDeclaration(file);
  } catch (error) {
    if (error instanceof DeclarationError) return error;
    throw error;
  }
  throw new Error(`${file} was accepted`);
}

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('readDeclaration', () => {
  it("reads this repository's declaration", () => {
    const file = resolve(import.meta.dirname, '../../../infra/edges.yaml');
    const { services } = readDeclaration(file);
    expect(services.map(({ name, public: open, calls }) => ({ name, open, calls }))).toEqual([
      { name: 'login', open: true, calls: ['user-profiles'] },
      { name: 'user-profiles', open: false, calls: ['search'] },
      { name: 'search', open: false, calls: [] },
    ]);
    expect(services.map(({ source }) => source)).toEqual(
      ['login', 'user-profiles', 'search'].map((name) => resolve(import.meta.dirname, '../../../apps', name)),
    );
  });

  it('bears a byte order mark and Windows line ends', () => {
    const file = write('windows.yaml', '\ufeffservices:\r\n  login:\r\n    public: true\r\n');
    expect(readDeclaration(file).services[0]).toMatchObject({ name: 'login', public: true });
  });

  it('says what to write when the file is missing', () => {
    const error = refusal(join(folder, 'absent.yaml'));
    expect(error.code).toBe('DECLARATION_NOT_FOUND');
    expect(error.message).toBe(
      `${folder}/absent.yaml: there is no such file. Write it: "services:" and below it, indented, ` +
        'one entry per service, such as "search: {}".',
    );
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  it('takes a path through a file for a missing one', () => {
    expect(refusal(join(write('plain.yaml', ''), 'edges.yaml')).code).toBe('DECLARATION_NOT_FOUND');
  });

  it.each([
    ['a folder', () => folder, 'is a folder'],
    ['a device', () => '/dev/null', 'is not a regular file'],
    ['a device without end', () => link('/dev/zero'), 'is not a regular file'],
    ['a pipe that nobody writes into', pipe, 'is not a regular file'],
    ['a link to such a pipe', () => link(pipe()), 'is not a regular file'],
    ['a link to itself', () => link('loop.yaml', 'loop.yaml'), 'cannot be read (ELOOP)'],
    ['UTF-16', () => write('utf16.yaml', Buffer.from('\ufeffservices: { app: {} }', 'utf16le')), 'is not UTF-8 text'],
    ['a path with a NUL', () => 'edges\0.yaml', 'cannot be read (ERR_INVALID_ARG_VALUE)'],
    ['a path without end', () => `/${'x'.repeat(5000)}`, 'cannot be read (ENAMETOOLONG)'],
    ['bytes that are no text', () => write('binary.yaml', Uint8Array.of(0x73, 0xff, 0xfe)), 'is not UTF-8 text'],
  ])('refuses %s', (_, path, message) => {
    const error = refusal(path());
    expect(error.code).toBe('DECLARATION_UNREADABLE');
    expect(error.problems).toMatchObject([{ line: 1, column: 1, message }]);
  });

  it('refuses a file over 1 MiB', () => {
    const file = write('large.yaml', 'services: { alpha-one: {} }\n#');
    truncateSync(file, 1024 * 1024 + 1);
    expect(refusal(file)).toMatchObject({
      code: 'DECLARATION_INVALID',
      problems: [{ message: 'is larger than 1 MiB' }],
    });
  });

  it('names the file as it was given', () => {
    const file = write('bad.yaml', 'services:\n  login: { calls: [nobody] }\n');
    expect(refusal(file).message).toMatch(`${file}:2:20: login calls "nobody", which is not declared. `);
  });
});
