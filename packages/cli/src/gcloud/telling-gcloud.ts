import { colour } from '../terminal/colour.ts';
import { createGcloud, type Gcloud } from './gcloud.ts';
import { shellCommand } from './shell-command.ts';

/** Commands that read are many and change nothing: they are shown, but faintly. */
const READS = /^(?:list|describe|get-iam-policy|print-identity-token)$/;

/** gcloud with every command shown before it runs. */
export function tellingGcloud(say: (line: string) => void): Gcloud {
  return createGcloud({
    onCommand(args) {
      const line = `$ ${shellCommand(['gcloud', ...args])}`;
      say(args.some((arg) => READS.test(arg)) ? colour('dim', line) : line);
    },
    onRetry: (error) => say(`${error.message} It is tried again.`),
  });
}
