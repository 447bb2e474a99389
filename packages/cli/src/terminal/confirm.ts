import { createInterface } from 'node:readline/promises';
import { DeploymentError } from '../deployment/deployment-error.ts';

/** Asks a person. @param flags what agrees beforehand @throws DeploymentError where there is none to ask */
export async function confirm(question: string, flags = '--yes'): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new DeploymentError(
      'Nobody is there to be asked.',
      `Run it again with ${flags}, if all that is shown shall be done.`,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
