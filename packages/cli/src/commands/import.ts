import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { refuseToReplace, writeNewFile } from '../edges-file/write-new-file.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { declare, type Imported } from '../import/declare.ts';
import { fromCompose } from '../import/from-compose.ts';
import { fromProject } from '../import/from-project.ts';
import { fromTerraform } from '../import/from-terraform.ts';
import { readInput } from '../import/read-input.ts';
import { print, tell } from '../terminal/output.ts';
import { projectId, regionName } from './project-options.ts';
import { file, path } from './shared-options.ts';

interface ImportFlags {
  readonly project?: string;
  readonly region?: string;
  readonly terraform?: string;
  readonly compose?: string;
  readonly env: boolean;
  readonly output?: string;
  readonly force: boolean;
}

export function importCommand(): Command {
  return new Command('import')
    .description('Write edges.yaml from what is there: a live project, a state of Terraform, or a compose file.')
    .addOption(new Option('--project <id>', 'a Google Cloud project, by your own gcloud').argParser(projectId))
    .addOption(new Option('--region <region>', 'that Cloud Run region alone (default: all)').argParser(regionName))
    .option('--terraform <file>', 'what terraform show -json printed; - reads it from standard input', input)
    .option('--compose <file>', 'a compose file, in which edges are guesses', file)
    .option('--env', 'copy variables, too, but for those that may hold a secret', false)
    .option('--output <file>', 'write it there instead of printing it', path)
    .option('--force', 'write over a file that is there', false)
    .action(async (flags: ImportFlags, command: Command) => {
      const { output, force } = flags;
      if (output !== undefined && !force) refuseToReplace(output, MEND);
      const { text, notes } = await imported(flags, command);
      if (output === undefined) print(text.trimEnd());
      else if (force) writeFileSync(output, text);
      else writeNewFile(output, text, MEND);
      for (const note of notes.slice(1)) tell(note);
    });
}

/** A file that is read, or standard input. */
function input(text: string): string {
  return text === '-' ? text : file(text);
}

const MEND = 'Name another file, or add --force.';

async function imported(flags: ImportFlags, command: Command): Promise<Imported> {
  const { project, region, terraform, compose, output, env } = flags;
  if (terraform !== undefined && compose !== undefined)
    command.error('error: --terraform and --compose are two sources');
  if (compose !== undefined)
    return fromCompose(await readInput(compose), { file: compose, folder: dirname(output ?? 'edges.yaml'), env });
  const of = { ...(project && { project }), ...(region && { region }) };
  if (terraform !== undefined) return declare(fromTerraform(await readInput(terraform), of), { env });
  if (project === undefined) command.error('error: name what to import: --project, --terraform or --compose');
  return declare(await fromProject(createGcloud(), project, region), { env });
}
