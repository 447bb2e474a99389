import { readDeclaration } from '@run-edges/edges';
import { Command, Option } from 'commander';
import { createGcloud } from '../gcloud/gcloud.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { print } from '../terminal/output.ts';
import { mendDrift } from '../verify/mend-drift.ts';
import { renderRows } from '../verify/render-rows.ts';
import type { Row } from '../verify/row.ts';
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
  readonly removeExtra: boolean;
}

export function verifyCommand(): Command {
  return addProjectOptions(
    new Command('verify').description(
      "List everybody who may invoke a service, by whatever path, and compare a project's live policies with the declaration; nothing is called or changed.",
    ),
  )
    .addOption(edgesOption())
    .option(
      '--accept <member>',
      'a member whose every way in is on purpose, beside what the declaration accepts; may be repeated',
      also(visible('a member such as user:ada@example.com')),
      [],
    )
    .option(
      '--json',
      'print an array of {kind, service, member, role, path, on, condition, state, reason, message, fix, mend}',
      false,
    )
    .addOption(new Option('--fix', 'show what would mend it, ask, and do that').default(false).conflicts('json'))
    .option('--yes', 'with --fix: do not ask; nobody loses access', false)
    .option('--remove-extra', 'with --fix --yes: take away what is neither declared nor accepted', false)
    .addHelpText(
      'after',
      '\nExit code: 0 when nothing differs from the declaration (or all was mended), 1 otherwise. What could not be looked at is named.',
    )
    .action(async (flags: VerifyFlags, command: Command) => {
      if (flags.removeExtra && !flags.fix) command.error('error: --remove-extra goes with --fix');
      const declaration = readDeclaration(flags.edges, { project: flags.project });
      const about = { project: flags.project, file: flags.edges };
      const rows = await verify(createGcloud(), declaration, flags);
      print(flags.json ? JSON.stringify(rows.map(asJson), null, 2) : renderRows(rows, about));
      process.exitCode = exitCode(rows);
      if (!flags.fix || !(await mendDrift(rows, flags, print))) return;
      const left = await verify(createGcloud(), declaration, flags);
      print(`\n${renderRows(left, about)}`);
      process.exitCode = exitCode(left);
    });
}

function exitCode(rows: readonly Row[]): number {
  return rows.some(({ state }) => state === 'drift') ? 1 : 0;
}

function asJson({ fix, takes: _, ...row }: Row): object {
  const command = fix === undefined ? undefined : shellCommand(['gcloud', ...fix]);
  return {
    ...row,
    ...(row.state === 'drift' ? { message: row.reason } : {}),
    ...(command === undefined ? {} : { fix: command, mend: command }),
  };
}
