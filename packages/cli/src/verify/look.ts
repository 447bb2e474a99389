import { callersOf, type Declaration, memberOf, type Workload } from '@run-edges/edges';
import {
  accountBindings,
  enabledApis,
  liveAccounts,
  liveJobs,
  liveServices,
  liveWorkerPools,
  projectBindings,
  projectNumber,
} from '../deployment/live.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';
import { type FailureKind, GcloudError } from '../gcloud/gcloud-error.ts';
import { findSenders } from '../senders/live-senders.ts';
import { wantedSenders } from '../senders/wanted-senders.ts';
import { readRole } from './read-roles.ts';
import type { Seen, SeenAccount, SeenPolicy, SeenSenders, Unseen } from './seen.ts';

/** What one may be refused and go on; anything else is no answer at all. */
const REFUSALS: ReadonlySet<FailureKind> = new Set([
  'no-permission',
  'no-project',
  'api-off',
  'not-found',
  'account-not-seen',
  'unknown',
]);

type At = Pick<Seen, 'project' | 'region'>;
type What = Pick<Unseen, 'path' | 'on'> & {
  /** As a sentence names it. */
  readonly what: string;
};
/** What is read, or undefined where it may not be. */
type Try = <T>(what: What, reading: Promise<T>) => Promise<T | undefined>;

export type Looked = Omit<Seen, 'accepted' | 'acceptedMembers' | 'now'>;

/**
 * Reads who may invoke the declared services, and who may become who may. The services and the project's policy must be
 * seen; what else is refused is named. @throws GcloudError
 */
export async function look(gcloud: Gcloud, declaration: Declaration, { project, region }: At): Promise<Looked> {
  const unseen: Unseen[] = [];
  const attempt: Try = async ({ what, ...where }, reading) => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof GcloudError) || !REFUSALS.has(error.kind)) throw error;
      unseen.push({
        ...where,
        reason: `${what} was not looked at: ${error.message.replace(/\.$/, '')}`,
        mend: error.mend,
      });
      return undefined;
    }
  };
  const regionsOf = (workloads: readonly Workload[] = []) => [
    ...new Set(workloads.flatMap(({ regions = [region] }) => regions)),
  ];
  const inEach = async <T>(workloads: readonly Workload[] | undefined, read: (at: At) => Promise<T[]>) =>
    (await Promise.all(regionsOf(workloads).map((one) => read({ project, region: one })))).flat();
  const [services, jobs, workerPools, own, above, accounts] = await Promise.all([
    inEach(declaration.services, (at) => liveServices(gcloud, at, declaredIn(declaration, at.region, region))),
    inEach(declaration.jobs, (at) => liveJobs(gcloud, at)),
    inEach(declaration.workerPools, (at) => liveWorkerPools(gcloud, at)),
    projectBindings(gcloud, project),
    policiesAbove(gcloud, project, attempt),
    accountsOf(gcloud, declaration, project, attempt),
  ]);
  const senders = await sendersOf(gcloud, declaration, { project, region }, accounts, attempt);
  const policies: readonly SeenPolicy[] = [{ path: 'project', on: 'project', bindings: own }, ...above];
  const holders = [...services, ...policies, ...(accounts?.values() ?? [])];
  const granted = new Set(holders.flatMap(({ bindings }) => bindings.map(({ role }) => role)));
  const roles = await Promise.all(
    [...granted].map(async (role) => {
      const what = `What ${role} allows`;
      return [
        role,
        (await attempt({ path: 'project', on: 'project', what }, readRole(gcloud, role))) ?? new Set(),
      ] as const;
    }),
  );
  return { project, region, services, jobs, workerPools, policies, accounts, roles: new Map(roles), senders, unseen };
}

/** All that sends is looked at: what is not declared, too. */
async function sendersOf(
  gcloud: Gcloud,
  declaration: Declaration,
  at: At,
  accounts: ReadonlyMap<string, SeenAccount> | undefined,
  attempt: Try,
): Promise<SeenSenders | undefined> {
  if ((declaration.senders ?? []).length === 0) return undefined;
  return attempt(
    { path: 'sender', on: '*', what: 'What senders are made of' },
    (async () => {
      const [number, enabled] = await Promise.all([projectNumber(gcloud, at.project), enabledApis(gcloud, at.project)]);
      const place = { ...at, number };
      const wanted = wantedSenders(declaration, place);
      const known = { place, enabled, accounts: [...(accounts?.values() ?? [])], everything: true };
      return { place, wanted, found: await findSenders(gcloud, wanted, known) };
    })(),
  );
}

/** Whether a service is declared in a region. @param usual where those are that name none */
function declaredIn({ services }: Declaration, region: string, usual: string): (service: string) => boolean {
  const here = services.filter(({ regions = [usual] }) => regions.includes(region));
  const names = new Set(here.map(({ name }) => name));
  return (service) => names.has(service);
}

async function policiesAbove(gcloud: Gcloud, project: string, attempt: Try): Promise<SeenPolicy[]> {
  const ancestors = await attempt(
    { path: 'organization', on: '*', what: 'What stands above the project' },
    gcloud.json(['projects', 'get-ancestors', project], printed.ancestors),
  );
  const read = await Promise.all(
    (ancestors ?? []).map(async ({ type, id }): Promise<SeenPolicy | undefined> => {
      if (type !== 'folder' && type !== 'organization') return undefined;
      const group = type === 'folder' ? ['resource-manager', 'folders'] : ['organizations'];
      const policy = await attempt(
        { path: type, on: id, what: `The policy of ${type} ${id}` },
        gcloud.json([...group, 'get-iam-policy', id], printed.policy),
      );
      return policy === undefined ? undefined : { path: type, on: id, bindings: policy.bindings ?? [] };
    }),
  );
  return read.filter((policy) => policy !== undefined);
}

async function accountsOf(
  gcloud: Gcloud,
  declaration: Declaration,
  project: string,
  attempt: Try,
): Promise<Map<string, SeenAccount> | undefined> {
  const on = { path: 'account', on: '*', what: 'Who may become a caller' } as const;
  const listed = await attempt(on, liveAccounts(gcloud, project));
  if (listed === undefined) return undefined;
  const calling = new Set(
    callersOf(declaration)
      .filter(({ calls }) => calls.length > 0)
      .map((caller) => memberOf(caller, project)),
  );
  const accounts = await Promise.all(
    listed.map(async (account): Promise<SeenAccount> => {
      const { email } = account;
      if (!calling.has(`serviceAccount:${email}`)) return { ...account, bindings: [], keys: [] };
      const [bindings = [], keys = []] = await Promise.all([
        attempt(
          { path: 'account', on: email, what: `The policy of ${email}` },
          accountBindings(gcloud, email, project),
        ),
        attempt(
          { path: 'account', on: email, what: `Which keys of ${email} there are` },
          keysOf(gcloud, email, project),
        ),
      ]);
      return { ...account, bindings, keys };
    }),
  );
  return new Map(accounts.map((account) => [account.email, account]));
}

/** Ids of the keys with which somebody can sign as the account. */
async function keysOf(gcloud: Gcloud, email: string, project: string): Promise<string[]> {
  const list = ['iam', 'service-accounts', 'keys', 'list', `--iam-account=${email}`, '--managed-by=user'];
  const keys = await gcloud.json([...list, `--project=${project}`], printed.keys);
  return keys.filter(({ disabled }) => disabled !== true).map(({ name }) => name.split('/').at(-1) ?? name);
}
