import { mermaid, readDeclaration } from '@run-edges/edges';
import { Command } from 'commander';
import { print } from '../terminal/output.ts';
import { edgesOption } from './shared-options.ts';

export function diagramCommand(): Command {
  return new Command('diagram')
    .description('Print the declared graph as a Mermaid diagram.')
    .addOption(edgesOption())
    .option('--forbidden', 'draw the forbidden edges between services too', false)
    .action(({ edges, forbidden }: { edges: string; forbidden: boolean }) => {
      print(mermaid(readDeclaration(edges), { forbidden }).trimEnd());
    });
}
