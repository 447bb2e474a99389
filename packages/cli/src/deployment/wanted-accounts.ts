import { callersOf, type Declaration, isFederated, STRANGER, serviceAccountEmail } from '@run-edges/edges';
import type { Place } from './place.ts';

export interface WantedAccount {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
}

/** A member of another identity provider, and the account that it acts as. */
export interface FederatedGrant {
  readonly member: string;
  readonly email: string;
}

/** Google refuses a longer one. https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
const LONGEST_DISPLAY_NAME = 100;

/** The accounts of all that call, each once however many share it, and the stranger's. */
export function wantedAccounts(declaration: Declaration, { project }: Pick<Place, 'project'>): WantedAccount[] {
  const holders = Map.groupBy(
    callersOf(declaration).filter(({ serviceAccount }) => serviceAccount !== undefined),
    ({ serviceAccount = '' }) => serviceAccount,
  );
  return [
    ...[...holders].map(([id, callers]) => ({
      id,
      email: serviceAccountEmail(id, project),
      displayName: `run-edges: ${callers.map(({ name }) => name).join(', ')}`.slice(0, LONGEST_DISPLAY_NAME),
    })),
    {
      id: STRANGER,
      email: serviceAccountEmail(STRANGER, project),
      displayName: 'run-edges: the stranger, whom no edge names',
    },
  ];
}

/** Google gives a federated member no ID token: an account that it may act as has the edges. */
export function federatedGrants(declaration: Declaration, { project }: Pick<Place, 'project'>): FederatedGrant[] {
  return callersOf(declaration).flatMap(({ member, serviceAccount }) =>
    member === undefined || serviceAccount === undefined || !isFederated(member)
      ? []
      : [{ member, email: serviceAccountEmail(serviceAccount, project) }],
  );
}
