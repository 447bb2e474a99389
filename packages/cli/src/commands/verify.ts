import { readDeclaration } from '@run-edges/edges';
import { Command, Option } from 'commander';
import { runPlan } from '../deployment/run-plan.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { confirm } from '../terminal/confirm.ts';
import { print } from '../terminal/output.ts';
import { renderDrift } from '../verify/render-drift.ts';
import { verify } from '../verify/verify.ts';
import { addProjectOptions, type ProjectFlags } from './project-options.ts';
import { also } from './settings.ts';
import { edgesOption, visible } from './shared-options.ts';

interface VerifyFlags extends ProjectFlags {
  readonly edges: string;
  readonly accept: readonly string[];
  readonly json: boolean;
  readonly fix: boolean;
  readonly yes: boolean;
}

export function verifyCommand(): Command {
  return addProjectOptions(
    new Command('verify').description(
      "Compare a project's live policies with the declaration; nothing is called or changed.",
    ),
  )
    .addOption(edgesOption())
    .option(
      '--accept <member>',
      'a member of the project who may invoke every service on purpose; may be repeated',
      also(visible('a member such as user:ada@example.com')),
      [],
    )
    .option('--json', 'print an array of {kind, service, member, role, message, fix, mend}', false)
    .addOption(new Option('--fix', 'show what would mend it, ask, and do that').default(false).conflicts('json'))
    .option('--yes', 'do not ask', false)
    .addHelpText('after', '\nExit code: 0 when the project is as declared (or was mended), 1 otherwise.')
    .action(async (flags: VerifyFlags) => {
      const declaration = readDeclaration(flags.edges, { project: flags.project });
      const drift = await verify(createGcloud(), declaration, flags);
      const say = print;
      if (flags.json) {
        const shown = drift.map(({ fix, ...one }) =>
          fix === undefined ? one : { ...one, fix: shellCommand(['gcloud', ...fix]) },
        );
        say(JSON.stringify(shown, null, 2));
      } else say(renderDrift(drift, flags.project));
      const fixes = drift.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
      if (drift.length === 0) return;
      process.exitCode = 1;
      if (!flags.fix || fixes.length === 0) return;
      if (!flags.yes && !(await confirm(`Run these ${fixes.length} commands?`))) return;
      // What closes comes before what opens.
      const closing = fixes.filter((fix) => !fix.includes('add-iam-policy-binding'));
      const opening = fixes.filter((fix) => fix.includes('add-iam-policy-binding'));
      await runPlan(
        tellingGcloud(say),
        [
          { title: 'Taken away', commands: closing },
          { title: 'Granted', commands: opening },
        ].filter(({ commands }) => commands.length > 0),
        say,
      );
      const left = await verify(createGcloud(), declaration, flags);
      say(`\n${renderDrift(left, flags.project)}`);
      process.exitCode = left.length === 0 ? 0 : 1;
    });
}
