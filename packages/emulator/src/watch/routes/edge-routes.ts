import { ANONYMOUS, type Declaration, declaredCalls, matrix } from '@run-edges/edges';
import type { FastifyInstance } from 'fastify';
import type { Grant } from '../../iam/policies/grants.ts';
import type { Iam } from '../../iam/policies/iam.ts';
import type { ExternalReceivers } from '../../run/external/external-receivers.ts';
import type { KnownCallers, ListedCaller } from '../callers/known-callers.ts';
import type { Listed } from './service-routes.ts';

export interface ListedEdge {
  readonly caller: string;
  /** What the caller is. */
  readonly kind?: CallerKind;
  readonly receiver: string;
  /**
   * The member of a policy by which the caller may invoke the receiver now, or that nobody is asked ({@link UNCHECKED}),
   * or null. Conditions are asked for {@link path}; ingress is not looked at.
   */
  readonly by: string | null;
  /** The path that conditions were asked for: of an edge that is limited to paths, one of them. Default `/`. */
  readonly path?: string;
  /** Every grant by which the caller may invoke the receiver, the one of `by` first. Empty where it may not by any. */
  readonly grants?: readonly Grant[];
  /** The grants whose condition does not hold. */
  readonly failing?: readonly Grant[];
}

type CallerKind = ListedCaller['kind'] | typeof ANONYMOUS;

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

/** What edges are found out from. */
export interface EdgeSources {
  readonly declaration: () => Declaration;
  readonly iam: Iam;
  readonly listed: Listed;
  readonly known: KnownCallers;
  /** Receivers of others, and who is declared to call them. */
  readonly external: Pick<ExternalReceivers, 'list' | 'iam'>;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** `GET /run-edges/v1/edges`: {@link ListedEdges}. */
export async function edgeRoutes(app: FastifyInstance, sources: EdgeSources): Promise<void> {
  const { declaration, iam, listed, external } = sources;
  app.get('/run-edges/v1/edges', (): ListedEdges => {
    return {
      edges: edgesNow(sources),
      invokers: Object.fromEntries([
        ...listed.services().map(({ name }) => [name, invokersNow(iam, name)]),
        ...external.list().map(({ name }) => [name, invokersNow(external.iam, name)]),
      ]),
      declared: declaredCalls(declaration()),
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
export function edgesNow({ declaration, iam, listed, known, external, now }: EdgeSources): ListedEdge[] {
  const callers = [
    { name: ANONYMOUS, kind: ANONYMOUS, principal: undefined } as const,
    ...known.list().map((caller) => ({ ...caller, principal: { member: caller.member, sets: [] } })),
  ];
  const permission = 'run.routes.invoke';
  const unchecked = listed.unchecked();
  const paths = new Map(
    matrix(declaration(), { now: new Date(now() * 1000) }).map((cell) => [
      `${cell.caller} ${cell.receiver}`,
      cell.path,
    ]),
  );
  const receivers = [
    ...listed.services().map(({ name }) => ({ name, its: iam })),
    ...external.list().map(({ name }) => ({ name, its: external.iam })),
  ];
  return receivers.flatMap(({ name: receiver, its }) =>
    callers.map(({ name: caller, kind, principal }) => {
      const path = paths.get(`${caller} ${receiver}`);
      const resource = `services/${receiver}` as const;
      const { holding, failing } = its.grantsTo({ permission, resource, principal, path: path ?? '/' });
      const by = unchecked.includes(receiver) ? UNCHECKED : (holding[0]?.member ?? null);
      return { caller, kind, receiver, by, grants: holding, failing, ...(path === undefined ? {} : { path }) };
    }),
  );
}
