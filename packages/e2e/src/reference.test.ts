import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ERROR_CODES } from '@run-edges/auth';
import { DECLARATION_ERRORS } from '@run-edges/edges';
import { EMULATOR_ERRORS, RULES } from '@run-edges/emulator';
import { expect, test } from 'vitest';
import { repository } from './support/repository.ts';

/** Pages that are made from the source: `vitest run --update` writes them. */
const reference = (page: string) => join(repository, 'docs', 'reference', page);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function codes(all: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(all).map(([code, meaning]) => [`\`${code}\``, meaning]);
}

test('docs/reference/errors.md has every code', async () => {
  const auth = Object.entries(ERROR_CODES).map(([code, said]) => {
    const { meaning, mend, status } = said as { meaning: string; mend: string; status?: number };
    return [`\`${code}\`${status === undefined ? '' : ` (${status})`}`, meaning, mend];
  });
  const page = `# Error codes

Made from the source by a test. Messages may change from one release to the next; codes do not, so programs compare these.

## Of a declaration

\`DeclarationError\` of \`@run-edges/edges\`: \`problems\` has file, line, column, message and mend of each.

${table(['code', 'what happened'], codes(DECLARATION_ERRORS))}

## Of the emulator

\`EmulatorError\` of \`@run-edges/emulator\`: \`mend\` says what to do, for the very case.

${table(['code', 'what happened'], codes(EMULATOR_ERRORS))}

## Rules by which a gate decides

\`rule\` of a decision, in the order in which a gate looks. The decision's \`reason\` and \`mend\` are of the very request
([how to read a refusal](../how-to/read-a-refusal.md)).

${table(['rule', 'what it means'], codes(RULES))}

## Of the auth package

\`code\` of the errors of \`@run-edges/auth\`; inbound ones with the status that its plugins answer with.

${table(['code', 'what happened', 'what mends it'], auth)}
`;
  await expect(page).toMatchFileSnapshot(reference('errors.md'));
});

test.each(['edges', 'emulator'])(
  'docs/reference/%s-package.md has every export',
  async (folder) => {
    const maker = join(repository, '.config', 'api-reference.ts');
    const args = [maker, join(repository, 'packages', folder), `@run-edges/${folder}`, 'a test', 'index'];
    const { stdout: page } = await promisify(execFile)(process.execPath, args);
    await expect(page).toMatchFileSnapshot(reference(`${folder}-package.md`));
  },
  60_000,
);
