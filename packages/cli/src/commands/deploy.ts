import { readDeclaration } from '@run-edges/edges';
import { Command, Option } from 'commander';
import { deploy } from '../deploy/deploy.ts';
import { DeploymentError } from '../deployment/deployment-error.ts';
import type { PublicAccess } from '../deployment/wanted.ts';
import { workloadsOf } from '../deployment/workloads.ts';
import { LIVE_PATH } from '../matrix/target.ts';
import type { OwnApps } from '../own-apps.ts';
import { addProjectOptions, member, type ProjectFlags, servicePairs } from './project-options.ts';
import { edgesOption, urlPath, visible, wholeNumber } from './shared-options.ts';

interface DeployFlags extends ProjectFlags {
  readonly edges: string;
  readonly imagePrefix?: string;
  readonly tag?: string;
  readonly image: ReadonlyMap<string, string>;
  readonly database: ReadonlyMap<string, string>;
  readonly cloudsql?: string;
  readonly stateless?: boolean;
  readonly publicAccess: PublicAccess;
  readonly tester?: string;
  readonly prune: boolean;
  readonly adopt: boolean;
  readonly wait: number;
  readonly path: string;
  readonly dryRun: boolean;
  readonly plan: boolean;
  readonly json: boolean;
  readonly yes: boolean;
}

/** @param own apps of this repository, if it has some: they keep data in their containers */
export function deployCommand(own?: OwnApps): Command {
  const command = addProjectOptions(
    new Command('deploy').description(
      'Bring a Google Cloud project to what the declaration says, by your own gcloud: read first, write only differences.',
    ),
  )
    .addOption(edgesOption())
    .option('--image-prefix <prefix>', 'take images PREFIX/SERVICE:TAG that exist, instead of building them', reference)
    .option('--tag <tag>', 'tag of the images (default: the git commit when they are built, else latest)', tag)
    .addOption(ofServices('--image <service=reference>', 'take this image for a service', reference))
    .addOption(
      ofServices('--database <service=secret>', "Secret Manager's secret that holds a service's DATABASE_URL", secret),
    )
    .option('--cloudsql <project:region:instance>', 'the Cloud SQL instance that those databases are on', cloudSql)
    .addOption(
      new Option('--public-access <how>', 'how public services are opened')
        .choices(['all-users', 'no-iam-check'])
        .default('all-users'),
    )
    .option(
      '--tester <member>',
      'grant this member, for example user:you@example.com, to try edges as each service',
      member,
    )
    .option('--prune', 'take invokers away that no edge declares', false)
    .option('--adopt', 'deploy over services of these names that something else made', false)
    .option(
      '--wait <seconds>',
      'how long to wait until every edge is as declared; 0 tries none',
      wholeNumber(0, 3600),
      300,
    )
    .option('--path <path>', 'the path to ask for when the edges are tried', urlPath, LIVE_PATH)
    .addOption(
      new Option('--plan', 'read the project, print what would change, and change nothing')
        .default(false)
        .conflicts('dryRun'),
    )
    .addOption(
      new Option('--json', 'print the plan as {project, region, off, changes, commands, notes}, and change nothing')
        .default(false)
        .conflicts('dryRun'),
    )
    .option('--yes', 'do what the plan says without asking', false)
    .option('--dry-run', 'print the script for a project where nothing is, and run nothing', false)
    .addHelpText('after', '\nRun again, it goes on where it stopped, and changes nothing once all is as declared.')
    .action(async ({ stateless, ...flags }: DeployFlags) => {
      const declaration = readDeclaration(flags.edges, { project: flags.project });
      refuseUndeclared(declaration.services, 'database', flags.database);
      refuseUndeclared(workloadsOf(declaration), 'image', flags.image);
      const deployed = await deploy({
        declaration,
        ...flags,
        keepsData: stateless ? undefined : own?.has,
        plan: flags.plan || flags.json,
        databases: flags.database,
        cloudSql: flags.cloudsql,
      });
      if (!deployed) process.exitCode = 1;
    });
  if (own === undefined) return command;
  return command.option(
    '--stateless',
    'no app of the demo keeps data in its container: take maxInstances as declared, even without a database',
    false,
  );
}

function ofServices(flags: string, description: string, read: (text: string) => string): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(servicePairs(read)).default(new Map(), 'none');
}

const reference = visible('a reference such as europe-docker.pkg.dev/my-project/images/login', /^\w[\w.:/@-]*$/);
const tag = visible('a tag: letters, digits, points, hyphens and underscores', /^\w[\w.-]{0,127}$/);
const secret = visible("a secret's name: letters, digits, hyphens and underscores", /^\w[\w-]{0,254}$/);
const cloudSql = visible('PROJECT:REGION:INSTANCE', /^[a-z][\w.:-]*:[a-z][\w-]*:[a-z][\w-]*$/);

function refuseUndeclared(
  declared: readonly { readonly name: string }[],
  option: string,
  given: ReadonlyMap<string, string>,
): void {
  const unknown = [...given.keys()].find((name) => !declared.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new DeploymentError(
      `--${option} names ${unknown}, which is not declared.`,
      `Declared: ${declared.map(({ name }) => name).join(', ')}.`,
    );
}
