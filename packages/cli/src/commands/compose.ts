import { writeFileSync } from 'node:fs';
import { readDeclaration } from '@run-edges/edges';
import { Command, Option } from 'commander';
import { composeFile } from '../compose/compose-file.ts';
import { RECIPE, withoutRecipe } from '../compose/image.ts';
import { localAddresses } from '../compose/local-addresses.ts';
import { productionAddresses } from '../compose/production-addresses.ts';
import type { OwnApps } from '../own-apps.ts';
import { print, tell } from '../terminal/output.ts';
import { also } from './settings.ts';
import { edgesOption, path, visible, wholeNumber } from './shared-options.ts';

interface ComposeFlags {
  readonly edges: string;
  readonly port: number;
  readonly addresses: keyof typeof addressesBy;
  readonly metadataIp?: readonly string[];
  readonly people?: number;
  readonly output?: string;
}

const addressesBy = { local: localAddresses, production: productionAddresses };

/** @param own apps of this repository, if it has some */
export function composeCommand(own?: OwnApps): Command {
  const command = new Command('compose')
    .description('Print the docker-compose.yml of the declaration: every service alone with its own identity.')
    .addOption(edgesOption())
    .option('--port <port>', 'port of the API on this machine; others follow it', wholeNumber(1, 60_000), 8080)
    .addOption(
      new Option(
        '--addresses <which>',
        'let containers meet services and Google at local addresses, or at those of production, https and all',
      )
        .choices(Object.keys(addressesBy))
        .default('local'),
    )
    .option(
      '--metadata-ip <name>',
      'a service, job or worker pool whose programs know the metadata server by 169.254.169.254 alone; may be repeated',
      also(visible('a name in the declaration')),
    )
    .option('--output <file>', 'write it there instead of printing it', path);
  if (own !== undefined)
    command.option('--people <number>', 'seed this many people in the apps of the demo', wholeNumber(0, 1_000_000), 0);
  return command.action(({ edges, port, addresses, metadataIp = [], people = 0, output }: ComposeFlags) => {
    const declaration = readDeclaration(edges);
    const folder = process.cwd();
    const text = composeFile(declaration, { folder, port, addresses: addressesBy[addresses], metadataIp, own, people });
    if (output === undefined) print(text.trimEnd());
    else writeFileSync(output, text);
    const unbuilt = withoutRecipe(declaration, folder);
    if (unbuilt.length > 0)
      tell(
        `Nothing here builds ${unbuilt.join(', ')}: there is no ${RECIPE}. Put a Dockerfile into the source of each, or name an image or a build in the declaration.`,
      );
  });
}
