import { Command } from 'commander';
import { ourRepository } from '../deploy/find.ts';
import { accountsElsewhere, enabledApis, liveAccounts, liveServices } from '../deployment/live.ts';
import { runPlan } from '../deployment/run-plan.ts';
import { planDestruction } from '../destroy/plan.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { confirm } from '../terminal/confirm.ts';
import { print } from '../terminal/output.ts';
import { addProjectOptions, type ProjectFlags } from './project-options.ts';
import { edgesOption } from './shared-options.ts';

interface DestroyFlags extends ProjectFlags {
  readonly yes: boolean;
}

export function destroyCommand(): Command {
  return (
    addProjectOptions(
      new Command('destroy').description('Take back what deploy made in a project and a region, and only that.'),
    )
      // Taken as by every command, though what is there says by itself what deploy made.
      .addOption(edgesOption().hideHelp())
      .option('--yes', 'do not ask', false)
      .addHelpText(
        'after',
        '\nWhat deploy makes is marked managed-by=run-edges. APIs stay on: they cost nothing, and others may use them.',
      )
      .action(async (flags: DestroyFlags) => {
        const say = print;
        const { project, region } = flags;
        const gcloud = createGcloud();
        const apis = await enabledApis(gcloud, project);
        const [services, accounts, elsewhere, repository] = await Promise.all([
          apis.has('run.googleapis.com') ? liveServices(gcloud, flags, () => false) : [],
          apis.has('iam.googleapis.com') ? liveAccounts(gcloud, project) : [],
          apis.has('run.googleapis.com') ? accountsElsewhere(gcloud, flags) : new Set<string>(),
          apis.has('artifactregistry.googleapis.com') ? ourRepository(gcloud, flags) : false,
        ]);
        const deployed = { project, region, services, accounts, accountsElsewhere: elsewhere, repository };
        const sections = planDestruction(deployed);
        if (sections.length === 0) {
          say(`There is nothing in ${project} (${region}) that run-edges made.`);
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
      })
  );
}
