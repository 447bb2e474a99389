import { existsSync } from 'node:fs';
import { readDeclaration } from '@run-edges/edges';
import { Command } from 'commander';
import { runPlan } from '../deployment/run-plan.ts';
import { findDeployed } from '../destroy/find.ts';
import { planDestruction, queuesLeft } from '../destroy/plan.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { confirm } from '../terminal/confirm.ts';
import { print } from '../terminal/output.ts';
import { addProjectOptions, type ProjectFlags } from './project-options.ts';
import { edgesOption } from './shared-options.ts';

interface DestroyFlags extends ProjectFlags {
  readonly edges: string;
  readonly yes: boolean;
}

export function destroyCommand(): Command {
  return addProjectOptions(
    new Command('destroy').description('Take back what deploy made in a project and a region, and only that.'),
  )
    .addOption(edgesOption())
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      '\nWhat deploy makes is marked managed-by=run-edges: all of it goes in the region, and of other regions what the declaration puts there. APIs stay on: they cost nothing, and others may use them.',
    )
    .action(async (flags: DestroyFlags) => {
      const say = print;
      const { project, region, edges } = flags;
      const declaration = existsSync(edges) ? readDeclaration(edges, { mayBeEmpty: true }) : undefined;
      const deployed = await findDeployed(createGcloud(), { project, region, declaration });
      const sections = planDestruction(deployed);
      const left = queuesLeft(deployed, declaration);
      if (sections.length === 0) {
        say(`There is nothing in ${project} (${region}) that run-edges made.`);
        for (const line of left) say(line);
        return;
      }
      if (!flags.yes) {
        for (const { title, commands } of sections)
          say([`# ${title}`, ...commands.map((args) => shellCommand(['gcloud', ...args]))].join('\n'));
        if (!(await confirm('Run these commands?'))) {
          process.exitCode = 1;
          return;
        }
      }
      await runPlan(tellingGcloud(say), sections, say);
      say(`\nWhat run-edges made in ${project} (${region}) is gone.`);
      for (const line of left) say(line);
    });
}
