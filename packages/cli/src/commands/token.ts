import { Command } from 'commander';
import { findEdge } from '../call/edge.ts';
import { TargetError } from '../emulator-api.ts';
import { print, tell } from '../terminal/output.ts';
import { targetOption, visible } from './shared-options.ts';

interface TokenFlags {
  readonly target: string;
  readonly json: boolean;
}

export function tokenCommand(): Command {
  return new Command('token')
    .description('Print an ID token of a caller for a receiver, of a running emulator: Google does not know its key.')
    .argument('<caller>', 'whoever is declared to call, or stranger', visible('a name'))
    .argument('<receiver>', 'a service, or a receiver that others own', visible('a name'))
    .addOption(targetOption())
    .option('--json', 'print {token, audience, url} as JSON', false)
    .addHelpText(
      'after',
      '\nUse it so: run-edges token login search | sed "s/^/Authorization: Bearer /" | curl -H @- $SEARCH_URL',
    )
    .action(token);
}

async function token(caller: string, receiver: string, { target, json }: TokenFlags): Promise<void> {
  const edge = await findEdge(target, caller, receiver);
  const given = await edge.token();
  if (given === undefined)
    throw new TargetError(`${caller} is nobody, and has no token.`, `Call ${receiver} without one.`);
  print(json ? JSON.stringify({ token: given, audience: edge.audience, url: edge.url }, null, 2) : given);
  // On a terminal somebody may take it for one of Google's.
  if (process.stderr.isTTY) tell(`Good at ${target} alone: no key of Google's has signed it.`);
}
