import { WORKLOAD_IDENTITY_USER } from '../deployment/commands.ts';
import type { Found, FoundGrant } from './found.ts';
import { ImportError } from './import-error.ts';
import { readState } from './read-state.ts';
import type { StateResource } from './state-shape.ts';
import { grantsOf, type StateGrant } from './terraform-bindings.ts';
import { workloadOf } from './terraform-workloads.ts';
import { textAt, textsAt } from './values.ts';

/** What hold run.routes.invoke and little beside. https://docs.cloud.google.com/run/docs/reference/iam/roles */
const INVOKERS: ReadonlySet<string> = new Set(['roles/run.invoker', 'roles/run.servicesInvoker']);

/** Do not hold it, and are often given. */
const READERS: ReadonlySet<string> = new Set(['roles/run.viewer', 'roles/viewer', 'roles/browser']);

/** Reads what `terraform show -json` printed. @param project where the state has resources of several @throws ImportError */
export function fromTerraform(text: string, { project: asked, region }: { project?: string; region?: string }): Found {
  const { resources, planned } = readState(text);
  const project = asked ?? projectIn(resources);
  const here = resources.filter(({ values = {} }) => [project, ''].includes(textAt(values, 'project')));
  const inRegion = (one: { region: string }) => region === undefined || one.region === region;
  const all = here.flatMap(grantsOf);
  const own = customRoles(here);
  const invokes = (role: string) => INVOKERS.has(role) || own.get(role)?.includes('run.routes.invoke') === true;
  const notes = [
    ...(planned ? ['This was read from a plan: what is known once it is applied alone is not in it.'] : []),
    ...(here.length < resources.length ? [`Resources of other projects than ${project} were left out.`] : []),
    ...all.filter(({ kind }) => kind !== 'account').flatMap((grant) => noteOf(grant, invokes(grant.role), own)),
  ];
  return {
    source: planned ? 'a plan of Terraform' : 'a state of Terraform',
    project,
    workloads: here.flatMap((one) => workloadOf(one) ?? []).filter(inRegion),
    grants: all
      .filter(({ kind, role }) => kind === 'service' && invokes(role))
      .filter(inRegion)
      .map(({ on, ...grant }): FoundGrant => ({ service: on, ...grant })),
    acting: all
      .filter(({ kind, role, condition }) => kind === 'account' && role === WORKLOAD_IDENTITY_USER && !condition)
      .map(({ on, member, from }) => ({ member, account: on, from })),
    notes,
  };
}

/** What a grant means that makes no edge, where it counts. */
function noteOf({ kind, on, role, from }: StateGrant, invokes: boolean, own: ReadonlyMap<string, unknown>): string[] {
  if (kind === 'project')
    return invokes ? [`${role} on the project (${from}) is for every service, which no edge says.`] : [];
  if (invokes || READERS.has(role) || own.has(role)) return [];
  return [`${role} on ${on} (${from}) lets in, too, where it holds run.routes.invoke: no edge is written.`];
}

/** Permissions of the roles that the state makes. */
function customRoles(resources: readonly StateResource[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    resources
      .filter(({ type }) => /^google_(?:project|organization)_iam_custom_role$/.test(type))
      .map(({ values = {} }) => [textAt(values, 'name'), textsAt(values, 'permissions')]),
  );
}

/** The project of most workloads. */
function projectIn(resources: readonly StateResource[]): string {
  const named = resources
    .filter((one) => workloadOf(one) !== undefined)
    .map(({ values = {} }) => textAt(values, 'project'))
    .filter((project) => project !== '');
  const counted = [...Map.groupBy(named, (project) => project)].toSorted(([, a], [, b]) => b.length - a.length);
  const most = counted[0]?.[0];
  if (most !== undefined) return most;
  throw new ImportError(
    'No service of Cloud Run in this state of Terraform says of which project it is.',
    'Name it: --project ID',
  );
}
