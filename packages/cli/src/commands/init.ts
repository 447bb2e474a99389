import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeclarationError, parseDeclaration, printable } from '@run-edges/edges';
import { Command } from 'commander';
import { writeDraft } from '../edges-file/write-draft.ts';
import { refuseToReplace, writeNewFile } from '../edges-file/write-new-file.ts';
import { InitError } from '../init/init-error.ts';
import { type Proposal, propose } from '../init/propose.ts';
import { scan } from '../init/scan.ts';
import { edgesTest } from '../init/write-test.ts';
import { fromWhereCalled } from '../npm/called-from.ts';
import { confirm } from '../terminal/confirm.ts';
import { print, tell } from '../terminal/output.ts';

interface InitFlags {
  readonly yes: boolean;
  readonly json: boolean;
}

const FILE = 'edges.yaml';

export function initCommand(): Command {
  return new Command('init')
    .description('Find the services of a repository, and write edges.yaml and a test of the edges.')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print {services, edges, files}', false)
    .addHelpText(
      'after',
      `
Looks for folders with a package.json that has a start script, a Python, Go or Java application, or a Dockerfile; names and
edges are taken from compose files, service.yaml of Knative and the code, too. Behind each line stands what says it; edges are
guesses. Nothing that is there is written over, and nobody is asked where there is no terminal.`,
    )
    .action(init);
}

async function init({ yes, json }: InitFlags): Promise<void> {
  const root = fromWhereCalled('.');
  for (const file of [FILE, 'infra/edges.yaml'])
    refuseToReplace(
      join(root, file),
      'Edit it, or move it away to begin anew; run-edges learn finds edges that are missing.',
    );
  const repository = scan(root);
  const proposal = propose(repository, FILE);
  if (proposal.services.length === 0) throw nothingFound();
  const text = writeDraft(proposal.draft);
  checkReadable(text);
  const test = edgesTest(proposal, repository);
  const kept = existsSync(join(root, test.file));
  if (!json) print(summary(proposal));
  const files = kept ? [FILE] : [FILE, test.file];
  if (!yes && !json && process.stdin.isTTY && !(await confirm(`Write ${files.join(' and ')}?`))) return;
  writeNewFile(join(root, FILE), text, 'Edit it.');
  if (!kept) writeNewFile(join(root, test.file), test.text, 'Edit it.');
  if (json) print(JSON.stringify(asJson(proposal, files), null, 2));
  else print(next(proposal, files, test.run));
  if (kept) tell(`${test.file} is there already, and stays as it is.`);
}

function nothingFound(): InitError {
  return new InitError(
    'No service was found here.',
    'A service is a folder with a package.json that has a start script, a Python, Go or Java application that listens, or a Dockerfile. Write edges.yaml by hand where it is another: services: { my-service: { source: folder, command: "./start --port $PORT" } }',
  );
}

/** That what is written is read. @throws InitError */
function checkReadable(text: string): void {
  try {
    parseDeclaration(text, FILE);
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    const [problem] = error.problems;
    throw new InitError(`What was found makes no declaration: ${problem?.message}.`, problem?.mend ?? '');
  }
}

function summary({ services, guesses }: Proposal): string {
  const lines = services.map(({ name, from }) => `  ${name}: ${from}`);
  const edges = guesses.map(({ caller, receiver, from }) => `  ${caller} -> ${receiver}: ${from}`);
  const found = edges.length === 0 ? ['No edge was found: run-edges learn sees who calls whom.'] : ['Edges:', ...edges];
  return ['Services:', ...lines, ...found].map((line) => printable(line)).join('\n');
}

function next({ services }: Proposal, files: readonly string[], run: string): string {
  const builds = services.flatMap(({ build }) => (build === undefined ? [] : [`  ${build}\n`])).join('');
  return `\nWritten: ${files.join(', ')}. Look through the guesses; then:
${builds}  npx run-edges up                       starts all of it behind its gates
  npx run-edges exec -- ${run}
  npx run-edges learn -- COMMAND         sees who calls whom while COMMAND runs, and prints what is missing`;
}

function asJson({ services, guesses }: Proposal, files: readonly string[]): object {
  return {
    services: services.map(({ name, folder, from, language, command }) => ({
      ...{ name, source: folder === '' ? '.' : folder, from, language },
      ...(command !== undefined && { command: command.value }),
    })),
    edges: guesses,
    files,
  };
}
