import type { Binding } from '../gcloud/binding.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';

const PERMISSION = 'run.routes.invoke';

/** https://docs.cloud.google.com/run/docs/securing/managing-access */
const PREDEFINED = ['roles/run.invoker', 'roles/run.servicesInvoker', 'roles/run.admin', 'roles/editor', 'roles/owner'];

/** The roles that let their holders invoke: Google's, and those of the project's own in these bindings that hold the permission. */
export async function invokerRoles(gcloud: Gcloud, bindings: readonly Binding[]): Promise<ReadonlySet<string>> {
  const custom = [...new Set(bindings.map(({ role }) => role))].filter((role) => !role.startsWith('roles/'));
  const described = await Promise.all(custom.map(async (role) => ({ role, ...(await describe(gcloud, role)) })));
  const invoking = described.filter(({ includedPermissions = [] }) => includedPermissions.includes(PERMISSION));
  return new Set([...PREDEFINED, ...invoking.map(({ role }) => role)]);
}

function describe(gcloud: Gcloud, role: string): Promise<{ includedPermissions?: readonly string[] }> {
  const [kind = '', owner = '', , id = ''] = role.split('/');
  const where = `--${kind === 'organizations' ? 'organization' : 'project'}=${owner}`;
  return gcloud.json(['iam', 'roles', 'describe', id, where], printed.role);
}
