import type { Section } from '../deployment/run-plan.ts';
import { PROJECT_NUMBER, shellCommand } from '../gcloud/shell-command.ts';

/** The whole deployment as a POSIX shell script: what `deploy` does in a project where nothing is. */
export function deploymentScript(
  sections: readonly Section[],
  { project, number }: { project: string; number: string },
): string {
  const blocks = sections.map(({ title, commands }) =>
    block(
      title,
      commands.map((args) => shellCommand(['gcloud', ...args])),
    ),
  );
  if (number === PROJECT_NUMBER) {
    const words = ['gcloud', 'projects', 'describe', project, '--format=value(projectNumber)'];
    blocks.unshift(
      block("The project's number, which is part of every URL", [`PROJECT_NUMBER=$(${shellCommand(words)})`]),
    );
  }
  return ['set -eu', ...blocks].join('\n\n');
}

function block(title: string, lines: readonly string[]): string {
  return [`# ${title}`, ...lines].join('\n');
}
