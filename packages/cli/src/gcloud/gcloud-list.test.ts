import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gcloudList } from './gcloud-list.ts';

/** gcloud's ArgList, in few words. */
function readByGcloud(text: string): string[] {
  let mark = ',';
  let rest = text;
  if (text.startsWith('^') && text.indexOf('^', 1) > 0) {
    mark = text.slice(1, text.indexOf('^', 1));
    rest = text.slice(text.indexOf('^', 1) + 1);
  }
  return (rest.endsWith(mark) ? rest : rest + mark).split(mark).slice(0, -1);
}

const all = [';', '|', '@', '#', '~', '%', ';;', '||', '@@', '##'];
const variables = fc.array(
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...all, ',', '^', ':', '1', ':1:', '=', '\n', '"', '{', ' '),
        fc.string({ maxLength: 2 }),
      ),
      {
        maxLength: 6,
      },
    )
    .map((parts) => `A=${parts.join('')}`),
  { minLength: 1, maxLength: 5 },
);

test.each([
  [['A=1', 'B=2'], 'A=1,B=2'],
  [['A=1,2', 'B=2'], '^;^A=1,2;B=2'],
  [['^A', 'B'], '^;^^A;B'],
  [['A=,', 'B=1;'], '^|^A=,|B=1;'],
  [['A=,;|@#~%', 'B=1'], '^:1:^A=,;|@#~%:1:B=1'],
  [[`A=,${all.join('')}`, 'B=x:1', 'C=:2:'], `^:3:^A=,${all.join('')}:3:B=x:1:3:C=:2:`],
  [['A=,'], '^;^A=,'],
])('%j is %s', (values, text) => {
  expect(gcloudList(values)).toBe(text);
  expect(readByGcloud(text)).toEqual(values);
});

test('gcloud reads back what was joined, whatever it is', () => {
  fc.assert(
    fc.property(variables, (values) => {
      expect(readByGcloud(gcloudList(values))).toEqual(values);
    }),
  );
});

const sdk = gcloudFolder();

test.skipIf(sdk === undefined)('so does the gcloud of this machine', () => {
  const many = fc.sample(variables, 300);
  const program = `import sys, json
sys.path[:0] = [${JSON.stringify(sdk)}, ${JSON.stringify(sdk)} + '/third_party']
from googlecloudsdk.calliope import arg_parsers
print(json.dumps([arg_parsers.ArgList()(one) for one in json.load(sys.stdin)]))`;
  const input = JSON.stringify(many.map(gcloudList));
  expect(JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' }))).toEqual(many);
});

function gcloudFolder(): string | undefined {
  try {
    const gcloud = realpathSync(execFileSync('sh', ['-c', 'command -v gcloud'], { encoding: 'utf8' }).trim());
    execFileSync('python3', ['-c', ''], { stdio: 'ignore' });
    const folder = join(gcloud, '..', '..', 'lib');
    return existsSync(join(folder, 'googlecloudsdk')) ? folder : undefined;
  } catch {
    return undefined;
  }
}
