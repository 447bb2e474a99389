import type { FastifyRequest } from 'fastify';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { Resource } from '../../iam/policies/policy-store.ts';
import type { Permission } from '../../iam/roles/permissions.ts';
import { isRegion, regionalName } from '../../identity/regions.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { type Call, type CallOptions, readCall } from '../http/call.ts';
import { permitted } from '../http/permit.ts';
import type { EnabledApis } from './enabled-apis.ts';
import type { IamPolicyOptions } from './iam-policies.ts';

/** What calls about queues, tasks, scheduled jobs and triggers need. */
export interface SenderContext extends CallOptions, IamPolicyOptions {
  readonly apis: EnabledApis;
  readonly deliveries: Deliveries;
}

export interface SenderCall extends Call {
  readonly location: string;
  /** `projects/P/locations/L`, by the project's id. */
  readonly parent: string;
}

/** @throws GoogleError also where the API is off, and for a location that there is not */
export async function readSenderCall(
  request: FastifyRequest,
  api: 'cloudtasks' | 'cloudscheduler' | 'eventarc',
  context: SenderContext,
): Promise<SenderCall> {
  const { project, apis } = context;
  const call = await readCall(request, context);
  apis.need(`${api}.googleapis.com`);
  const { location = '' } = call;
  if (!isRegion(location, project))
    throw new GoogleError('NOT_FOUND', `Location '${location}' is not found or access is unauthorized.`);
  return { ...call, location, parent: `projects/${project.id}/locations/${location}` };
}

/** @throws GoogleError PERMISSION_DENIED, in the words of Cloud Tasks and Scheduler */
export function permitSender(
  { iam }: Pick<SenderContext, 'iam'>,
  { caller }: Call,
  permission: Permission,
  name: string,
  resource: Resource = 'project',
): void {
  if (permitted(iam, caller, permission, resource)) return;
  throw new GoogleError(
    'PERMISSION_DENIED',
    `The principal (user or service account) lacks IAM permission "${permission}" for the resource "${name}" (or the resource may not exist).`,
  );
}

/** Under which a policy is kept. */
export function policyOf(
  kind: 'queues' | 'triggers',
  id: string,
  { location }: SenderCall,
  { project }: SenderContext,
): `queues/${string}` | `triggers/${string}` {
  return `${kind}/${regionalName(id, location, project)}`;
}
