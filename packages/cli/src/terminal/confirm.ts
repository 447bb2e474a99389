import { createInterface } from 'node:readline/promises';
import { DeploymentError } from '../deployment/deployment-error.ts';

/** Asks a person. @throws DeploymentError where there is none to ask */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new DeploymentError(
      'Nobody is there to be asked.',
      'Run it again with --yes, if all that is shown shall be done.',
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
