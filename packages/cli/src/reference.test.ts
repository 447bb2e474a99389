import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgram } from './main.ts';

const PAGE = join(import.meta.dirname, '../../../docs/reference/command.md');

// What the help says must not depend on the terminal, nor on the environment.
beforeEach(() => vi.stubEnv('RUN_EDGES_URL', undefined));
afterEach(() => vi.unstubAllEnvs());

/** What `--help` prints. */
function helpOf(command: ReturnType<typeof createProgram>): string {
  const printed: string[] = [];
  command.configureOutput({ writeOut: (text) => printed.push(text), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return printed.join('').trimEnd();
}

test('docs/reference/command.md has every command with its options (vitest run --update writes it)', async () => {
  const program = createProgram();
  const commands = program.commands.map((command) => {
    command.copyInheritedSettings(program);
    return { name: command.name(), does: command.description(), help: helpOf(command) };
  });
  const rows = commands.map(({ name, does }) => `| [\`${name}\`](#${name}) | ${does} |`);
  const sections = commands.map(({ name, help }) => `## ${name}\n\n\`\`\`text\n${help}\n\`\`\`\n`);
  const page = `# The command

Made from the source by a test: what \`run-edges COMMAND --help\` prints. What the commands do together is in
[the package's page](../../packages/cli/README.md).

| command | does |
|---|---|
${rows.join('\n')}

Exit codes: 0, as it should be; 1, a verdict that differs or an error, told in one line with its mend; 2, wrong usage.
\`RUN_EDGES_DEBUG=1\` adds the stack trace to an error.

${sections.join('\n')}`;
  await expect(page).toMatchFileSnapshot(PAGE);
});
