import { type Condition, shellWord } from '@run-edges/edges';
import type { Grant } from '../../iam/policies/grants.ts';
import { INVOKER, placeOf } from '../../iam/policies/said-of-grant.ts';
import type { Project } from '../../identity/project.ts';
import { placeOfName } from '../../identity/regions.ts';

/**
 * The command that lets a member invoke a service. Where the service's policy has a condition, gcloud wants to hear that a
 * grant has none.
 */
export function giveCommand(service: string, member: string, giving: Giving): string {
  const { beside, condition } = giving;
  const { name, project } = placeOfName(service, giving.project);
  const flags = [`--region=${project.region}`, `--member=${member}`, `--role=${INVOKER}`];
  return gcloud('run services add', name, [
    ...flags,
    ...(condition === undefined
      ? beside
        ? ['--condition=None']
        : []
      : [`--condition=expression=${condition.expression},title=${condition.title}`]),
    `--project=${project.id}`,
  ]);
}

interface Giving {
  readonly project: Project;
  /** Whether the service's policy has a condition. */
  readonly beside: boolean;
  /** That of the grant. */
  readonly condition?: Condition | undefined;
}

/**
 * The commands that take these grants back, as one line for a shell. What a member holds under several conditions goes
 * at once.
 */
export function takeCommands(grants: readonly Grant[], project: Project): string {
  return [...new Set(grants.map((grant) => takeCommand(grant, project)))].join(' && ');
}

function takeCommand({ member, role, resource }: Grant, home: Project): string {
  const flags = [`--member=${member}`, `--role=${role}`, '--all'];
  if (resource === 'project') return gcloud('projects remove', home.id, flags);
  const { name, project } = placeOfName(placeOf(resource), home);
  return gcloud('run services remove', name, [`--region=${project.region}`, ...flags, `--project=${project.id}`]);
}

function gcloud(what: string, name: string, flags: readonly string[]): string {
  return `gcloud ${what}-iam-policy-binding ${[name, ...flags].map(shellWord).join(' ')}`;
}

/** What else goes with these grants. Empty where it is that one caller's invoker alone. @param along who loses it, too */
export function beware(grants: readonly Grant[], own: string, along: readonly string[]): string {
  const roles = new Set(grants.map(({ role }) => role).filter((role) => role !== INVOKER));
  const members = new Set(grants.map(({ member }) => member).filter((one) => one !== own && one !== 'allUsers'));
  const said = [
    ...[...roles].map((role) => `${role} may be needed for other things`),
    ...[...members].map((member) => `${member} stands for others, too`),
    ...along.map((name) => `${name} runs as the same account`),
  ];
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
}
