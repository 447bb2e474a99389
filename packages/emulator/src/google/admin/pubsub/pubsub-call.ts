import type { FastifyRequest } from 'fastify';
import type { Deliveries } from '../../../delivery/deliveries.ts';
import type { Permission } from '../../../iam/roles/permissions.ts';
import type { ProvenPrincipal } from '../../../identity/principals.ts';
import { GoogleError } from '../../../internal/google-api/google-error.ts';
import { type Call, type CallOptions, readCall } from '../../http/call.ts';
import { permitted } from '../../http/permit.ts';
import type { EnabledApis } from '../enabled-apis.ts';
import type { IamPolicyOptions } from '../iam-policies.ts';

/** What calls about topics and subscriptions need. */
export interface PubsubContext extends CallOptions, IamPolicyOptions {
  readonly apis: EnabledApis;
  readonly deliveries: Pick<Deliveries, 'pubsub' | 'findGate'>;
}

/** @throws GoogleError also where the API is off */
export async function readPubsubCall(request: FastifyRequest, context: PubsubContext): Promise<Call> {
  const call = await readCall(request, context);
  context.apis.need('pubsub.googleapis.com');
  return call;
}

/** @throws GoogleError PERMISSION_DENIED in Pub/Sub's words */
export function permitOf(
  { iam }: Pick<PubsubContext, 'iam'>,
  caller: ProvenPrincipal,
  permission: Permission,
  resource: 'project' | `topics/${string}` | `subscriptions/${string}`,
): void {
  if (!permitted(iam, caller, permission, resource)) throw notAuthorized();
}

/** What Pub/Sub says of whoever may not do something. */
export function notAuthorized(): GoogleError {
  return new GoogleError('PERMISSION_DENIED', 'User not authorized to perform this action.');
}

/** The last part of a name. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

export function notFound(name: string): GoogleError {
  return new GoogleError('NOT_FOUND', `Resource not found (resource=${idOf(name)}).`);
}

export function alreadyExists(name: string): GoogleError {
  return new GoogleError('ALREADY_EXISTS', `Resource already exists in the project (resource=${idOf(name)}).`);
}
