import { checkDeclaration, checkText } from './check-declaration.ts';
import type { Calling, Declaration, Principal, Sender } from './declaration.ts';
import { serviceAccountEmail } from './identity.ts';
import { defaultServiceAccount } from './internal/defaults.ts';

export type CallerKind = 'service' | 'job' | 'workerPool' | 'principal' | 'sender';

/** A row of the matrix, whatever it is. */
export interface Caller extends Calling {
  readonly kind: CallerKind;
  /** The id of the account in this project that it runs as, or acts as. Undefined: its member has an identity of its own. */
  readonly serviceAccount?: string;
  /** Of principals, and of senders of another project. */
  readonly member?: string;
}

const lists = new WeakMap<Declaration, ReadonlyMap<string, Caller>>();

/** Who calls: the services, jobs, worker pools, principals and senders, each in the order of the file. */
export function callersOf(declaration: Declaration): readonly Caller[] {
  return [...byName(declaration).values()];
}

/** The declared caller of that name, or undefined. */
export function findCaller(declaration: Declaration, name: string): Caller | undefined {
  checkText(name, 'name');
  return byName(declaration).get(name);
}

/**
 * How policies name the caller: `serviceAccount:login-run@my-project.iam.gserviceaccount.com`, or a principal's own member.
 * A federated principal is named by the account that it acts as: it has no ID token itself.
 */
export function memberOf(caller: Caller, projectId: string): string {
  const { serviceAccount, member = '' } = caller;
  return serviceAccount === undefined ? member : `serviceAccount:${serviceAccountEmail(serviceAccount, projectId)}`;
}

/** Whether it comes from another identity provider: `principal:` or `principalSet:`. */
export function isFederated(member: string): boolean {
  checkText(member, 'member');
  return /^principal(?:Set)?:/.test(member);
}

function byName(declaration: Declaration): ReadonlyMap<string, Caller> {
  checkDeclaration(declaration);
  let known = lists.get(declaration);
  if (known === undefined) {
    const { services, jobs = [], workerPools = [], principals = [], senders = [] } = declaration;
    const all = [
      ...services.map((service) => asCaller('service', service)),
      ...jobs.map((job) => asCaller('job', job)),
      ...workerPools.map((pool) => asCaller('workerPool', pool)),
      ...principals.map((principal) => ({
        ...asCaller('principal', withAccount(principal)),
        member: principal.member,
      })),
      ...senders.map(asSenderCaller),
    ];
    known = new Map(all.map((caller) => [caller.name, caller]));
    lists.set(declaration, known);
  }
  return known;
}

function asCaller(kind: CallerKind, from: Calling & { readonly serviceAccount?: string }): Caller {
  const { name, calls, limits, owner, serviceAccount } = from;
  return {
    name,
    kind,
    calls,
    ...(limits === undefined ? {} : { limits }),
    ...(owner === undefined ? {} : { owner }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  };
}

/** Of another project its account is known by its e-mail alone. */
function asSenderCaller({ serviceAccount, project, ...calling }: Sender): Caller {
  if (project === undefined) return asCaller('sender', { ...calling, serviceAccount });
  return {
    ...asCaller('sender', calling),
    member: `serviceAccount:${serviceAccountEmail(serviceAccount, project)}`,
  };
}

function withAccount(principal: Principal): Principal {
  const { name, member, serviceAccount, ...rest } = principal;
  if (!isFederated(member)) return { name, member, ...rest };
  return { name, member, ...rest, serviceAccount: serviceAccount ?? defaultServiceAccount(name) };
}
