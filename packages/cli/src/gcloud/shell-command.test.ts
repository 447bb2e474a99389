import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROJECT_NUMBER, shellCommand } from './shell-command.ts';

/** What a shell makes of the command's words. */
function wordsOf(words: readonly string[]): readonly string[] {
  const script = `PROJECT_NUMBER=123; ${shellCommand(['show', ...words])}`;
  const show = 'show() { for word in "$@"; do printf "%s\\0" "$word"; done; }';
  return execFileSync('sh', ['-c', `${show}; ${script}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

test.each([
  [['run', 'deploy', 'login']],
  [["it's", 'a "quoted" $HOME `id` \\ word', '', ' ', '*', '~', '#no comment', 'line\nbreak', 'é']],
  [['--set-env-vars=^;^A=1,2;B=$PATH', "--display-name=run-edges: it's"]],
  [Array.from({ length: 12 }, (_, index) => `--flag-${index}=some longer value ${index}`)],
  [['services', 'enable', ...Array.from({ length: 6 }, (_, index) => `api-${index}.googleapis.com`), '--project=p']],
])('a shell reads %j as it is', (words) => {
  expect(wordsOf(words)).toEqual(words);
});

test('the project’s number is all that a shell fills in, and only where it was put', () => {
  const url = `--set-env-vars=URL=https://a-${PROJECT_NUMBER}.run.app,B="$HOME\`id\`"$PROJECT_NUMBER`;
  expect(wordsOf([url])).toEqual(['--set-env-vars=URL=https://a-123.run.app,B="$HOME`id`"$PROJECT_NUMBER']);
});

test('whatever the values are, a shell reads them as they are', () => {
  const part = fc.oneof(
    fc.constantFrom(PROJECT_NUMBER, '$PROJECT_NUMBER', "'", '"', '\\', '$', '`', '\n', '\x1b[0m', ';', ' ', '_', 'A'),
    fc.string({ maxLength: 3 }),
  );
  const word = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(word, { minLength: 100, maxLength: 100 }), (words) => {
      expect(wordsOf(words)).toEqual(words.map((one) => one.replaceAll(PROJECT_NUMBER, '123')));
    }),
    { numRuns: 4 },
  );
});
