import { printable } from '@run-edges/edges';
import { Command } from 'commander';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { TargetError } from '../emulator-api.ts';
import { print, tell } from '../terminal/output.ts';
import { targetOption } from './shared-options.ts';

interface CaFlags {
  readonly target: string;
  readonly rotate: boolean;
  readonly json: boolean;
}

export function caCommand(): Command {
  return new Command('ca')
    .description(
      'Print the path of the certificate that programs have to trust for production addresses, of a running emulator.',
    )
    .addOption(targetOption())
    .option('--rotate', 'make another authority first; programs that run have to be started again', false)
    .option('--json', 'print {file, certificate, ends, permits} as JSON', false)
    .addHelpText(
      'after',
      `
run-edges env, exec and up tell it to most programs by variables. For one that reads none of them:
curl --cacert "$(run-edges ca)" --proxy "$HTTPS_PROXY" https://SERVICE-NUMBER.REGION.run.app

It can vouch for run.app, googleapis.com, accounts.google.com, metadata.google.internal and this machine alone, and
nothing here puts it where the whole system would trust it.`,
    )
    .action(ca);
}

async function ca({ target, rotate, json }: CaFlags): Promise<void> {
  const path = `/run-edges/v1/authority${rotate ? '/rotate' : ''}`;
  const { authority } = await askAsDeveloper(target, path, answers.authority, rotate ? {} : undefined);
  if (authority === null)
    throw new TargetError(
      `The emulator at ${target} has local addresses, so that nobody has to trust it.`,
      'Start it with --addresses production.',
    );
  print(json ? JSON.stringify(authority, null, 2) : printable(authority.file));
  if (rotate) tell('Start again what runs: what it trusts is another one now.');
}
