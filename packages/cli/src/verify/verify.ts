import type { Declaration } from '@run-edges/edges';
import { liveServices, projectBindings } from '../deployment/live.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import type { Drift } from './drift.ts';
import { findDrift } from './find-drift.ts';
import { invokerRoles } from './invoker-roles.ts';

export interface Verification {
  readonly project: string;
  readonly region: string;
  /** Members of the project who may invoke everything on purpose. */
  readonly accept: readonly string[];
}

/** Reads what the live project lets happen and compares it with the declaration; writes nothing. @throws GcloudError */
export async function verify(
  gcloud: Gcloud,
  declaration: Declaration,
  { project, region, accept }: Verification,
): Promise<readonly Drift[]> {
  const declared = new Set(declaration.services.map(({ name }) => name));
  const [services, bindings] = await Promise.all([
    liveServices(gcloud, { project, region }, (name) => declared.has(name)),
    projectBindings(gcloud, project),
  ]);
  const roles = await invokerRoles(gcloud, [...bindings, ...services.flatMap((service) => service.bindings)]);
  return findDrift(declaration, {
    project,
    region,
    services,
    projectBindings: bindings,
    invokerRoles: roles,
    accepted: new Set(accept),
  });
}
