import { callersOf, type Declaration, STRANGER, serviceAccountDomain } from '@run-edges/edges';
import { createEnabledApis, type EnabledApis, RUN_APIS } from '../google/admin/enabled-apis.ts';
import type { ResolvedGoogleSettings } from '../google/google-settings.ts';
import { declaredPolicies, emailsIn } from '../iam/policies/declared-policy.ts';
import { followDeclared } from '../iam/policies/follow-declared.ts';
import { type Groups, readGroups } from '../iam/policies/groups.ts';
import { createIam, type Iam } from '../iam/policies/iam.ts';
import type { Binding } from '../iam/policies/policy.ts';
import { createPolicyStore, type Resource } from '../iam/policies/policy-store.ts';
import { changedPolicies, startingPolicies } from '../iam/policies/saved-policies.ts';
import { chooseStandIns, type StandIns } from '../iam/policies/stand-ins.ts';
import { createIdentityPools, type IdentityPools } from '../iam/pools/identity-pools.ts';
import { createOwnIssuer, type OwnIssuer } from '../iam/pools/own-issuer.ts';
import { readWorkloadIdentityProviders } from '../iam/pools/read-workload-identity.ts';
import { trustProviders } from '../iam/pools/workload-identity.ts';
import { createRoles } from '../iam/roles/roles.ts';
import { type AccountKeys, createAccountKeys } from '../identity/accounts/account-keys.ts';
import { type Accounts, createAccounts, defaultAccount } from '../identity/accounts/accounts.ts';
import { createForeignAccounts, type ForeignAccounts } from '../identity/accounts/foreign-accounts.ts';
import { createSystemKeys, type SystemKeys } from '../identity/accounts/system-keys.ts';
import { createKeyRing, type KeyRing } from '../identity/keys/key-ring.ts';
import type { Project } from '../identity/project.ts';
import { derived } from '../internal/derived.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import type { Clock } from './clock.ts';
import type { Declared } from './declared.ts';
import type { EmulatorOptions } from './options.ts';
import type { SavedState } from './saved-state.ts';

/** Who there is in the project, who may do what, and the keys that prove it. */
export interface OpenProject {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly accountKeys: AccountKeys;
  readonly systemKeys: SystemKeys;
  readonly iam: Iam;
  readonly apis: EnabledApis;
  readonly identityPools: IdentityPools;
  /** The accounts of other projects that the declaration names. */
  readonly elsewhere: ForeignAccounts;
  readonly ownIssuer: OwnIssuer;
  readonly groups: () => Groups;
  /** Whom declared groups and domains are tried as. */
  readonly standIns: Pick<StandIns, 'of'>;
  /** E-mail of the account of a caller of this project, or of the stranger's. */
  readonly emailOf: (name: string) => string;
  /** Who owns the project: an e-mail. */
  readonly owner: string;
  /** Another declaration took the place of this one: its accounts and policies are there from now on. */
  follow(before: Declaration): void;
}

export interface OpenProjectOptions {
  readonly project: Project;
  readonly declared: Declared;
  /** What the user asks for. */
  readonly asked: Pick<EmulatorOptions, 'deployed' | 'groups' | 'owners' | 'onWarning' | 'workloadIdentityProviders'>;
  readonly settings: ResolvedGoogleSettings;
  readonly clock: Clock;
  readonly kept: KeptState<SavedState>;
  /** Seconds until a change of a policy counts. */
  readonly policyDelay: () => number;
}

/** Who may change policies from the start: the developer at this machine. */
const DEVELOPER = 'user:developer@example.com';

/** @throws EmulatorError GROUPS_INVALID, PROVIDERS_INVALID, STATE_INVALID, STATE_NOT_SAVED */
export async function openProject(options: OpenProjectOptions): Promise<OpenProject> {
  const { project, declared, asked, settings, kept } = options;
  const { declaration, there } = declared;
  const { now, elapsed } = options.clock;
  const { saved, save } = kept;
  const emails = derived(declaration, (all) => emailsIn(all, project));
  const emailOf = (name: string) => emails()(name);
  const owners = asked.owners ?? [DEVELOPER];

  const accounts = createAccounts(saved?.accounts);
  const systemKeys = createSystemKeys(now);
  const members = derived(declaration, (all) =>
    callersOf(all).flatMap(({ member }) => (member === undefined ? [] : [member])),
  );
  const named = derived(members, (all) => accountsIn(all, project));
  if (asked.deployed !== false) accounts.ensure(emailOf(STRANGER));
  ensureAccounts();
  accounts.ensure(defaultAccount(project));

  const ofProject = projectPolicy(owners, settings, project);
  const policiesOf = (declaration: Declaration): Map<Resource, readonly Binding[]> => {
    const policies = declaredPolicies(declaration, project);
    const bindings = [...ofProject, ...(policies.get('project') ?? [])];
    return bindings.length === 0 ? policies : policies.set('project', bindings);
  };
  const declaredNow = derived(there, policiesOf);
  const roles = createRoles({ projectId: project.id, now, saved: saved?.roles, onChange: save });
  const load = async () => ({
    keys: await createKeyRing({ now, elapsed, saved: saved?.keys }),
    accountKeys: createAccountKeys(accounts, saved?.accountKeys),
    policies: createPolicyStore({
      initial: startingPolicies(declaredNow(), saved?.policies ?? []),
      elapsed,
      roles,
      delay: options.policyDelay,
      warn: asked.onWarning,
    }),
  });
  const { keys, accountKeys, policies } = await load().catch((error: Error) => {
    throw kept.unusable(error);
  });

  const apis = createEnabledApis(saved?.apis ?? (asked.deployed === false ? [] : RUN_APIS), project, save);
  const { workloadIdentityProviders: trusted = [] } = asked;
  const ownIssuer = await createOwnIssuer(members, now);
  const providers = trustProviders(
    typeof trusted === 'string' ? readWorkloadIdentityProviders(trusted) : trusted,
    project,
    elapsed,
  );
  const identityPools = createIdentityPools({
    project,
    elapsed,
    now,
    trusted: (resource) => providers.get(resource) ?? ownIssuer.provider(resource),
    saved: saved?.pools,
    onChange: save,
  });
  policies.onChange(save);
  accounts.onChange(save);
  accountKeys.onChange(save);
  kept.keep(
    { name: 'keys', save: keys.save, remember: keys.remember },
    { name: 'accountKeys', save: accountKeys.save, remember: accountKeys.remember },
    { name: 'systemKeys', remember: systemKeys.remember },
    { name: 'roles', save: roles.save, remember: roles.remember },
    { name: 'policies', save: () => changedPolicies(policies, declaredNow()), remember: policies.remember },
    { name: 'accounts', save: accounts.save, remember: accounts.remember },
    { name: 'apis', save: apis.list, remember: apis.remember },
    { name: 'pools', save: identityPools.save, remember: identityPools.remember },
    // Until they are there: what was saved of them.
    { name: 'services', save: () => saved?.services ?? [], remember: () => () => undefined },
    { name: 'jobs', save: () => saved?.jobs ?? [], remember: () => () => undefined },
    { name: 'workerPools', save: () => saved?.workerPools ?? [], remember: () => () => undefined },
    { name: 'senders', save: () => saved?.senders, remember: () => () => undefined },
  );
  if (saved === undefined) save();
  await kept.settled();

  const given = typeof asked.groups === 'string' ? readGroups(asked.groups) : (asked.groups ?? {});
  const standIns = derived(declaration, (all) => chooseStandIns(all, given));
  const groups = () => standIns().groups;
  return {
    keys,
    accounts,
    accountKeys,
    systemKeys,
    iam: createIam({ policies, roles, groups, project, now }),
    identityPools,
    elsewhere: createForeignAccounts(() => named().foreign),
    ownIssuer,
    groups,
    standIns: { of: (member) => standIns().of(member) },
    apis,
    emailOf,
    owner: emailOfOwner(owners),
    follow(before) {
      ensureAccounts();
      followDeclared(policies, policiesOf(before), declaredNow());
    },
  };

  /** Those that are declared. One that is declared no more stays, as in a project. */
  function ensureAccounts(): void {
    if (asked.deployed === false) return;
    const own = callersOf(there()).filter(({ serviceAccount }) => serviceAccount !== undefined);
    for (const email of [...own.map(({ name }) => emailOf(name)), ...named().own]) accounts.ensure(email);
  }
}

/** E-mails of the service accounts among members: those of this project, and the others. */
function accountsIn(
  members: readonly string[],
  project: Project,
): { own: readonly string[]; foreign: readonly string[] } {
  const emails = members.flatMap((member) => /^serviceAccount:(.+)$/.exec(member)?.[1] ?? []);
  const isOwn = (email: string) =>
    email === defaultAccount(project) || email.endsWith(`@${serviceAccountDomain(project.id)}`);
  return { own: emails.filter(isOwn), foreign: emails.filter((email) => !isOwn(email)) };
}

function projectPolicy(
  owners: readonly string[],
  { newProjectDefaults }: ResolvedGoogleSettings,
  project: Project,
): Binding[] {
  const editors = newProjectDefaults === 'editor' ? [`serviceAccount:${defaultAccount(project)}`] : [];
  return [
    { role: 'roles/owner', members: owners },
    { role: 'roles/editor', members: editors },
  ].filter(({ members }) => members.length > 0);
}

/** The first person among the owners. */
function emailOfOwner(owners: readonly string[]): string {
  return (owners.find((member) => member.startsWith('user:')) ?? DEVELOPER).slice('user:'.length);
}
