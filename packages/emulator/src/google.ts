import { type Declaration, findCaller, STRANGER, serviceAccountEmail } from '@run-edges/edges';
import { createEnabledApis, type EnabledApis, RUN_APIS } from './admin/enabled-apis.ts';
import { createDecisionLog, type DecisionLog } from './decisions/decision-log.ts';
import { EmulatorError } from './errors.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import { type ResolvedGoogleSettings, resolveGoogleSettings } from './google-settings.ts';
import { type AccountKeys, createAccountKeys } from './iam/account-keys.ts';
import { declaredPolicy } from './iam/declared-policy.ts';
import { readGroups } from './iam/groups.ts';
import { createIam, type Iam } from './iam/iam.ts';
import { createIdentityPools, type IdentityPools } from './iam/identity-pools.ts';
import type { Binding } from './iam/policy.ts';
import { createPolicyStore, type Resource } from './iam/policy-store.ts';
import { readWorkloadIdentityProviders } from './iam/read-workload-identity.ts';
import { createRoles } from './iam/roles.ts';
import { changedPolicies, startingPolicies } from './iam/saved-policies.ts';
import { createSystemKeys, type SystemKeys } from './iam/system-keys.ts';
import { trustProviders } from './iam/workload-identity.ts';
import { type Accounts, createAccounts, defaultAccount } from './identity/accounts.ts';
import { localProject, type Project } from './identity/project.ts';
import { type Elapsed, elapsedBeside, elapsed as passed } from './internal/elapsed.ts';
import type { Undo } from './internal/remember.ts';
import { createKeyRing, type KeyRing } from './keys/key-ring.ts';
import type { EmulatorOptions } from './options.ts';
import type { SavedService } from './run/saved-services.ts';
import { type SavedState, savedStateShape } from './saved-state.ts';
import { damaged, readState, stateWriter } from './state/state-file.ts';

/** Google's side without its addresses: who there is, who may do what, and the keys that prove it. */
export interface Google {
  readonly project: Project;
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly accountKeys: AccountKeys;
  readonly systemKeys: SystemKeys;
  readonly iam: Iam;
  readonly apis: EnabledApis;
  readonly identityPools: IdentityPools;
  readonly decisions: DecisionLog;
  readonly faults: Faults;
  readonly settings: ResolvedGoogleSettings;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly elapsed: Elapsed;
  /** E-mail of a service's account, or of the stranger's. */
  readonly emailOf: (name: string) => string;
  /** Who owns the project: an e-mail. */
  readonly owner: string;
  /** Called when something changed that is kept. */
  readonly save: () => void;
  readonly savedServices: readonly SavedService[];
  /** Says what is to be kept of the services, and the way back to them. */
  readonly keepServices: (changed: () => readonly SavedService[], remember: () => Undo) => void;
  /** Resolves when what was changed is saved. @throws EmulatorError STATE_NOT_SAVED when it cannot be, and is undone */
  readonly settled: () => Promise<void>;
  /** The same at the end, of all that was changed. */
  readonly ended: () => Promise<void>;
}

/** Who may change policies from the start: the developer at this machine. */
export const DEVELOPER = 'user:developer@example.com';

/** @throws EmulatorError GROUPS_INVALID, PROVIDERS_INVALID, STATE_INVALID, STATE_NOT_SAVED, FAULT_INVALID, SETTING_INVALID */
export async function createGoogle(
  declaration: Declaration,
  options: EmulatorOptions,
  stateFile: string | undefined,
): Promise<Google> {
  const { project = localProject, now = () => Math.floor(Date.now() / 1000) } = options;
  // A clock that was given is moved by tests, and what lasts moves with it.
  const elapsed = options.now === undefined ? passed : elapsedBeside(options.now);
  const emailOf = (name: string) => serviceAccountEmail(accountId(declaration, name), project.id);
  const faults = createFaults(options.faults ?? {}, (active) => options.onFaults?.(active));
  const settings = resolveGoogleSettings(options.google);
  checkServiceNames({ 'gate.services': options.gate?.services, fronts: options.fronts, env: options.env }, declaration);
  const saved = stateFile === undefined ? undefined : await readState<SavedState>(stateFile, savedStateShape);

  const accounts = createAccounts(saved?.accounts);
  let services = () => saved?.services ?? [];
  const systemKeys = createSystemKeys(now);
  let rememberServices = (): Undo => () => undefined;
  const declaredServices = options.deployed === false ? [] : declaration.services;
  const callers = options.deployed === false ? [] : [...declaredServices.map(({ name }) => name), STRANGER];
  for (const name of callers) accounts.ensure(emailOf(name));
  accounts.ensure(defaultAccount(project));
  const declared = new Map<Resource, readonly Binding[]>(
    declaredServices
      .map(({ name }) => [`services/${name}` as const, declaredPolicy(declaration, name, emailOf)] as const)
      // A service that nobody calls has a policy that was never set.
      .filter(([, bindings]) => bindings.length > 0),
  );
  const owners = options.owners ?? [DEVELOPER];
  const ofProject = [
    { role: 'roles/owner', members: owners },
    {
      role: 'roles/editor',
      members: settings.newProjectDefaults === 'editor' ? [`serviceAccount:${defaultAccount(project)}`] : [],
    },
  ].filter(({ members }) => members.length > 0);
  if (ofProject.length > 0) declared.set('project', ofProject);
  const roles = createRoles({ projectId: project.id, now, saved: saved?.roles, onChange: () => save() });
  const load = async () => ({
    keys: await createKeyRing({ now, elapsed, saved: saved?.keys }),
    accountKeys: createAccountKeys(accounts, saved?.accountKeys),
    policies: createPolicyStore({
      initial: startingPolicies(declared, saved?.policies ?? []),
      elapsed,
      roles,
      delay: () => faults.current.policyDelay,
      warn: options.onWarning,
    }),
  });
  const { keys, accountKeys, policies } = await load().catch((error: Error) => {
    throw stateFile === undefined ? error : damaged(stateFile, error.message);
  });

  const writer =
    stateFile === undefined ? undefined : stateWriter(stateFile, () => ({ state: state(), undo: remember() }));
  const save = () => writer?.save();
  const apis = createEnabledApis(saved?.apis ?? (options.deployed === false ? [] : RUN_APIS), project, save);
  const { workloadIdentityProviders: trusted = [] } = options;
  const identityPools = createIdentityPools({
    project,
    elapsed,
    now,
    trusted: trustProviders(
      typeof trusted === 'string' ? readWorkloadIdentityProviders(trusted) : trusted,
      project,
      elapsed,
    ),
    saved: saved?.pools,
    onChange: save,
  });
  async function state(): Promise<SavedState> {
    const saving = keys.save();
    const rest = {
      accountKeys: accountKeys.save(),
      policies: changedPolicies(policies, declared),
      accounts: accounts.save(),
      apis: apis.list(),
      pools: identityPools.save(),
      roles: roles.save(),
      services: services(),
    };
    return { version: 1, keys: await saving, ...rest };
  }

  function remember(): Undo {
    const parts = [keys, accountKeys, systemKeys, roles, policies, accounts, apis, identityPools].map((part) =>
      part.remember(),
    );
    const all = [...parts, rememberServices()];
    return () => {
      for (const undo of all) undo();
    };
  }
  policies.onChange(save);
  accounts.onChange(save);
  accountKeys.onChange(save);
  writer?.holds(remember());
  if (saved === undefined) save();
  await writer?.settled();

  const groups = typeof options.groups === 'string' ? readGroups(options.groups) : (options.groups ?? {});
  return {
    project,
    keys,
    accounts,
    accountKeys,
    systemKeys,
    iam: createIam({ policies, roles, groups, project, now }),
    identityPools,
    apis,
    decisions: createDecisionLog(),
    faults,
    settings,
    now,
    elapsed,
    emailOf,
    owner: emailOfOwner(owners),
    save,
    savedServices: services(),
    keepServices(changed, remember) {
      services = changed;
      rememberServices = remember;
      writer?.holds(remember());
    },
    settled: async () => writer?.settled(),
    ended: async () => writer?.ended(),
  };
}

/** The first person among the owners. */
function emailOfOwner(owners: readonly string[]): string {
  return (owners.find((member) => member.startsWith('user:')) ?? DEVELOPER).slice('user:'.length);
}

/** An option for a service that is not there would do nothing, unseen. */
function checkServiceNames(options: Readonly<Record<string, object | undefined>>, { services }: Declaration): void {
  for (const [option, byService] of Object.entries(options)) {
    const unknown = Object.keys(byService ?? {}).find((name) => !services.some((service) => service.name === name));
    if (unknown === undefined) continue;
    throw new EmulatorError(
      'SETTING_INVALID',
      `The option ${option} names ${JSON.stringify(unknown)}, which is no service.`,
      `Declared: ${services.map(({ name }) => name).join(', ')}.`,
    );
  }
}

function accountId(declaration: Declaration, name: string): string {
  return findCaller(declaration, name)?.serviceAccount ?? name;
}
