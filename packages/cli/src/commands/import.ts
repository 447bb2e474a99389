import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { refuseToReplace, writeNewFile } from '../edges-file/write-new-file.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { declare } from '../import/declare.ts';
import type { Found } from '../import/found.ts';
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
  readonly env: boolean;
  readonly output?: string;
  readonly force: boolean;
}

export function importCommand(): Command {
  return new Command('import')
    .description('Write edges.yaml from what is there: a live project or a state of Terraform.')
    .addOption(new Option('--project <id>', 'a Google Cloud project, by your own gcloud').argParser(projectId))
    .addOption(new Option('--region <region>', 'that Cloud Run region alone (default: all)').argParser(regionName))
    .option('--terraform <file>', 'what terraform show -json printed; - reads it from standard input', input)
    .option('--env', 'copy variables, too, but for those that may hold a secret', false)
    .option('--output <file>', 'write it there instead of printing it', path)
    .option('--force', 'write over a file that is there', false)
    .action(async (flags: ImportFlags, command: Command) => {
      const { output, force } = flags;
      if (output !== undefined && !force) refuseToReplace(output, MEND);
      const { text, notes } = declare(await read(flags, command), flags);
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

async function read({ project, region, terraform }: ImportFlags, command: Command): Promise<Found> {
  const of = { ...(project && { project }), ...(region && { region }) };
  if (terraform !== undefined) return fromTerraform(await readInput(terraform), of);
  if (project === undefined) command.error('error: name what to import: --project or --terraform');
  return fromProject(createGcloud(), project, region);
}
