import { printable } from '@run-edges/edges';
import ora from 'ora';
import { colour } from '../terminal/colour.ts';
import { HEARING_CTRL_C } from '../terminal/progress.ts';
import { createGcloud, type Gcloud } from './gcloud.ts';
import { shellCommand } from './shell-command.ts';

/** Commands that read are many and change nothing: they are shown, but faintly. */
const READS = /^(?:list|describe|get-iam-policy|print-access-token)$/;

/** gcloud with every command shown before it runs, and a sign of life while it does. */
export function tellingGcloud(say: (line: string) => void): Gcloud {
  const progress = ora({
    text: 'gcloud is at work',
    isSilent: !process.stderr.isTTY || !process.stderr.columns,
    ...HEARING_CTRL_C,
  });
  let running = 0;
  return createGcloud({
    onCommand(args) {
      progress.stop();
      const line = `$ ${shellCommand(['gcloud', ...args])}`;
      say(args.some((arg) => READS.test(arg)) ? colour('dim', line) : line);
      running++;
      progress.start();
    },
    onEnd() {
      running--;
      if (running === 0) progress.stop();
    },
    onRetry(error) {
      progress.stop();
      say(`${printable(error.message)} It is tried again.`);
      progress.start();
    },
  });
}
