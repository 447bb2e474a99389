import { createHash } from 'node:crypto';
import { serviceAccountDomain } from '@run-edges/edges';
import type { Iam } from '../../iam/policies/iam.ts';
import type { Binding, Policy } from '../../iam/policies/policy.ts';
import { NEVER_SET, PolicyError, type Resource } from '../../iam/policies/policy-store.ts';
import { isTestable, permissionNamed } from '../../iam/roles/permissions.ts';
import type { Accounts, ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import type { Project } from '../../identity/project.ts';
import { GoogleError, permissionDenied } from '../../internal/google-api/google-error.ts';
import type { Region } from '../../run/services/regions.ts';
import { notFound } from '../../run/services/run-errors.ts';
import type { ResolvedGoogleSettings } from '../google-settings.ts';
import type { Body, Call } from '../http/call.ts';
import { permit, permitted } from '../http/permit.ts';

export interface IamPolicyOptions {
  readonly iam: Iam;
  readonly accounts: Accounts;
  readonly project: Project;
  readonly settings: ResolvedGoogleSettings;
}

/** Whose policy it is, and the name that its permissions begin with. */
export interface Target {
  readonly resource: Resource;
  readonly permissions:
    | 'run.services'
    | 'run.jobs'
    | 'run.workerpools'
    | 'iam.serviceAccounts'
    | 'pubsub.topics'
    | 'pubsub.subscriptions'
    | 'cloudtasks.queues'
    | 'eventarc.triggers'
    | 'resourcemanager.projects';
}

/**
 * The three methods that every resource with a policy has. Permissions can be tested where nothing is yet: what is held
 * on the project counts, and gcloud asks so before it makes a service.
 */
export interface IamPolicies {
  accountAt(name: string): Target;
  projectAt(name: string): Target;
  /** @param requestedVersion the newest version of a policy that the caller understands */
  getIamPolicy(caller: ProvenPrincipal, target: Target, requestedVersion: unknown): object;
  setIamPolicy(caller: ProvenPrincipal, target: Target, body: Body): object;
  testIamPermissions(caller: ProvenPrincipal, target: Target, body: Body): object;
  /** The one of the three that the call names, for a service, or undefined where it is none of them. */
  answerForService(call: Call, region: Region): object | undefined;
  /** The same for a service account. */
  answerForAccount(call: Call): object | undefined;
  /** The same for what `find` finds. @param named what it would be if it need not be there: who tests permissions asks so */
  answer(call: Call, find: (name: string) => Target, named?: (name: string) => Target): object | undefined;
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/projects.locations.services/setIamPolicy */
export function createIamPolicies(options: IamPolicyOptions): IamPolicies {
  const { iam, accounts, project, settings } = options;

  const policies: IamPolicies = {
    accountAt,
    projectAt,
    answerForService: (call, region) =>
      policies.answer(
        call,
        (name) => serviceAt(name, region),
        (name) => serviceNamed(name, region),
      ),
    answerForAccount: (call) => policies.answer(call, accountAt, accountNamed),
    answer(call, find, named = find) {
      const { method, caller, name, body } = call;
      if (method === 'getIamPolicy') return policies.getIamPolicy(caller, find(name), requestedVersion(call));
      if (method === 'setIamPolicy') return policies.setIamPolicy(caller, find(name), body);
      if (method === 'testIamPermissions') return policies.testIamPermissions(caller, named(name), body);
      return undefined;
    },
    getIamPolicy(caller, target, requested = 1) {
      permit(iam, caller, `${target.permissions}.getIamPolicy`, target.resource);
      const version = Number(requested);
      if (![0, 1, 3].includes(version))
        throw new GoogleError('INVALID_ARGUMENT', `Invalid requested policy version ${requested}.`);
      return shown(asVersion(iam.policies.read(target.resource), version));
    },
    setIamPolicy(caller, target, body) {
      permit(iam, caller, `${target.permissions}.setIamPolicy`, target.resource);
      return write(target.resource, body);
    },
    testIamPermissions(caller, target, { permissions: asked }) {
      if (!Array.isArray(asked)) throw new GoogleError('INVALID_ARGUMENT', 'Request contains an invalid argument.');
      const api = target.resource === 'project' ? undefined : target.permissions.split('.')[0];
      const unknown = asked.find((name) => typeof name !== 'string' || !isTestable(name, api));
      if (unknown !== undefined)
        throw new GoogleError('INVALID_ARGUMENT', `Permission ${unknown} is not valid for this resource.`);
      const held = asked.filter((name) => {
        const permission = permissionNamed(name);
        return permission !== undefined && permitted(iam, caller, permission, target.resource);
      });
      return held.length === 0 ? {} : { permissions: held };
    },
  };
  return policies;

  function serviceAt(name: string, region: Region): Target {
    if (region.services.find(name) === undefined) throw notFound('SERVICE', name, region.project);
    return serviceNamed(name, region);
  }

  function accountAt(name: string): Target {
    if (accountOf(name) === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    return accountNamed(name);
  }

  function accountNamed(name: string): Target {
    return { resource: `serviceAccounts/${accountOf(name)?.email ?? name}`, permissions: 'iam.serviceAccounts' };
  }

  function accountOf(name: string): ServiceAccount | undefined {
    return accounts.byEmail(name) ?? accounts.byUniqueId(name);
  }

  function projectAt(name: string): Target {
    if (name !== project.id && name !== project.number) throw permissionDenied('resourcemanager.projects.get');
    return { resource: 'project', permissions: 'resourcemanager.projects' };
  }

  function write(resource: Resource, { policy, updateMask = 'bindings,etag' }: Body): object {
    const given = readPolicy(policy);
    const masked = !`${updateMask}`.split(',').includes('bindings');
    const sent = masked ? { ...given, bindings: iam.policies.read(resource).bindings } : given;
    const everybody = sent.bindings.some(({ members }) => members.some((member) => member.startsWith('all')));
    if (settings.domainRestrictedSharing && everybody)
      throw new GoogleError(
        'FAILED_PRECONDITION',
        'One or more users named in the policy do not belong to a permitted customer.',
      );
    const unknown = sent.bindings
      .flatMap(({ members }) => members)
      .filter(
        (member) => member.startsWith('serviceAccount:') && member.endsWith(`@${serviceAccountDomain(project.id)}`),
      )
      .find((member) => accounts.byEmail(member.slice('serviceAccount:'.length)) === undefined);
    if (unknown !== undefined)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Service account ${unknown.slice('serviceAccount:'.length)} does not exist.`,
      );
    try {
      return shown(iam.policies.write(resource, sent));
    } catch (error) {
      throw error instanceof PolicyError ? new GoogleError(error.status, error.message) : error;
    }
  }
}

function serviceNamed(name: string, region: Region): Target {
  return { resource: region.resource(name), permissions: 'run.services' };
}

/** The newest version of a policy that the caller understands. */
function requestedVersion({ query, body }: Call): unknown {
  return query['options.requestedPolicyVersion'] ?? (body.options as Body | null | undefined)?.requestedPolicyVersion;
}

/** A policy that was never set is its etag alone; one that was emptied says its version, too. */
function shown({ version, etag, bindings }: Policy): object {
  if (bindings.length > 0) return { version, etag, bindings };
  return etag === NEVER_SET.etag ? { etag } : { version, etag };
}

/** What a caller sees of a policy that asks for an older version: bindings with a condition under another name, without it. */
function asVersion(policy: Policy, version: number): Policy {
  if (policy.version <= version || version === 3) return policy;
  const bindings = policy.bindings.map(({ condition, ...binding }) =>
    condition === undefined ? binding : { ...binding, role: `${binding.role}_withcond_${digestOf(condition)}` },
  );
  return { ...policy, version: 1, bindings };
}

function digestOf(condition: object): string {
  return createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
}

function readPolicy(policy: unknown): { bindings: Binding[]; etag?: string; version?: number } {
  const invalid = (what: string) => new GoogleError('INVALID_ARGUMENT', `Invalid value at 'policy' (${what}).`);
  if (typeof policy !== 'object' || policy === null) throw invalid('a policy is required');
  const { bindings = [], etag, version } = policy as Record<string, unknown>;
  if (!Array.isArray(bindings)) throw invalid('bindings are no list');
  if (etag !== undefined && typeof etag !== 'string') throw invalid('the etag is no text');
  if (version !== undefined && typeof version !== 'number') throw invalid('the version is no number');
  return {
    bindings: bindings.map((binding) => readBinding(binding, invalid)),
    ...(etag === undefined ? {} : { etag }),
    ...(version === undefined ? {} : { version }),
  };
}

function readBinding(binding: unknown, invalid: (what: string) => GoogleError): Binding {
  const { role, members = [], condition } = (binding ?? {}) as Record<string, unknown>;
  if (typeof role !== 'string') throw invalid('a binding has no role');
  if (!Array.isArray(members) || !members.every((member) => typeof member === 'string'))
    throw invalid('members are no texts');
  if (condition === undefined || condition === null) return { role, members };
  const { title, expression, description } = condition as Record<string, unknown>;
  if (typeof expression !== 'string') throw invalid('a condition has no expression');
  return {
    role,
    members,
    condition: {
      title: typeof title === 'string' ? title : '',
      expression,
      ...(typeof description === 'string' ? { description } : {}),
    },
  };
}
