import { ANONYMOUS, type Declaration, declaredCalls } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import type { Grant } from '../../iam/policies/grants.ts';
import type { Iam } from '../../iam/policies/iam.ts';
import type { Listed } from './service-routes.ts';

export interface ListedEdge {
  readonly caller: string;
  readonly receiver: string;
  /**
   * The member of a policy by which the caller may invoke the receiver now, or that nobody is asked ({@link UNCHECKED}),
   * or null. Conditions are asked for the path `/`; ingress is not looked at.
   */
  readonly by: string | null;
  /** Every grant by which the caller may invoke the receiver, the one of `by` first. Empty where it may not by any. */
  readonly grants?: readonly Grant[];
  /** The grants whose condition does not hold. */
  readonly failing?: readonly Grant[];
}

/** Stands for a member where a service checks no invoker. */
export const UNCHECKED = 'no invoker check';

/** Whether everybody is let in by this. */
export function isEverybody(by: string | null | undefined): boolean {
  return by === 'allUsers' || by === UNCHECKED;
}

/** What `GET /run-edges/v1/edges` answers. */
export interface ListedEdges {
  /** Who may call whom by the policies as they count now, whatever the declaration says. */
  readonly edges: readonly ListedEdge[];
  /** The members that may call each service, whether they are callers here or not. */
  readonly invokers: Readonly<Record<string, readonly string[]>>;
  /** The calls that the declaration allows, as `CALLER RECEIVER`. */
  readonly declared: readonly string[];
  /** The services in whose policy a binding has a condition. */
  readonly conditional?: readonly string[];
}

/** `GET /run-edges/v1/edges`: {@link ListedEdges}. */
export async function edgeRoutes(
  app: FastifyInstance,
  { declaration, iam, listed }: { declaration: Declaration; iam: Iam; listed: Listed },
): Promise<void> {
  app.get('/run-edges/v1/edges', (): ListedEdges => {
    return {
      edges: edgesNow({ iam, listed }),
      invokers: Object.fromEntries(listed.services().map(({ name }) => [name, invokersNow(iam, name)])),
      declared: declaredCalls(declaration),
      conditional: listed.services().flatMap(({ name }) => (hasConditions(iam, name) ? [name] : [])),
    };
  });
}

/** The members of policies that may call a service. */
export function invokersNow(iam: Iam, service: string): string[] {
  return iam.membersWith('run.routes.invoke', `services/${service}`);
}

/** Whether a binding in a service's own policy has a condition: commands that grant say then that theirs has none. */
export function hasConditions({ policies }: Iam, service: string): boolean {
  return policies.read(`services/${service}`).bindings.some(({ condition }) => condition !== undefined);
}

/** Every caller to every receiver. */
export function edgesNow({ iam, listed }: { iam: Iam; listed: Listed }): ListedEdge[] {
  const callers = [
    { name: ANONYMOUS, principal: undefined },
    ...listed.principals().map(({ name, email }) => ({
      name,
      principal: { member: `serviceAccount:${email}`, sets: [] },
    })),
  ];
  const permission = 'run.routes.invoke';
  const unchecked = listed.unchecked();
  return listed.services().flatMap(({ name: receiver }) =>
    callers.map(({ name: caller, principal }) => {
      const { holding, failing } = iam.grantsTo({ permission, resource: `services/${receiver}`, principal, path: '/' });
      const by = unchecked.includes(receiver) ? UNCHECKED : (holding[0]?.member ?? null);
      return { caller, receiver, by, grants: holding, failing };
    }),
  );
}
