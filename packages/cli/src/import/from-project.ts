import { serviceAccountDomain } from '@run-edges/edges';
import { WORKLOAD_IDENTITY_USER } from '../deployment/commands.ts';
import {
  accountBindings,
  everyJob,
  everyService,
  everyWorkerPool,
  liveJobs,
  liveServices,
  liveWorkerPools,
  projectBindings,
} from '../deployment/live.ts';
import type { LiveService } from '../deployment/live-service.ts';
import type { LiveJob, LiveWorkerPool } from '../deployment/live-workloads.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { readRole } from '../verify/read-roles.ts';
import type { Found, FoundActing, FoundGrant, FoundWorkload } from './found.ts';

/** Reads a live project; nothing is changed. @param region that one alone; default: all @throws GcloudError */
export async function fromProject(gcloud: Gcloud, project: string, region: string | undefined): Promise<Found> {
  const notes: string[] = [];
  /** Services must be seen; what else may not be is noted. */
  const attempt = async <T>(what: string, reading: Promise<T[]>): Promise<T[]> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof GcloudError)) throw error;
      notes.push(`${what} could not be read: ${error.message} ${error.mend}`);
      return [];
    }
  };
  const at = region === undefined ? undefined : { project, region };
  const [services, jobs, pools, ofProject] = await Promise.all([
    servicesOf(gcloud, project, region),
    attempt('Jobs', at ? liveJobs(gcloud, at) : everyJob(gcloud, project)),
    attempt('Worker pools', at ? liveWorkerPools(gcloud, at) : everyWorkerPool(gcloud, project)),
    attempt(
      'The policy of the project',
      projectBindings(gcloud, project).then((bindings) => [...bindings]),
    ),
  ]);
  const invoking = await invokingRoles(gcloud, [...services, { bindings: ofProject }], attempt);
  for (const { role, members } of ofProject.filter(({ role }) => invoking.has(role) && !BASIC.has(role)))
    notes.push(
      `${members.join(', ')}: ${role} on the project lets them call every service, which no edge says. run-edges verify lists such access; accepted: says that it is meant.`,
    );
  const grants = services.flatMap((service) => grantsOf(service, invoking));
  const accounts = new Set([...services, ...jobs, ...pools].map(({ account }) => account));
  const acting = await actingAs(gcloud, project, { grants, accounts, attempt });
  const workloads = [...services.map(asService), ...jobs.map(asJob), ...pools.map(asWorkerPool)];
  return { source: `the project ${project}`, project, workloads, grants, acting, notes };
}

/** Who has those on a project is known to be its owner; verify names them. */
const BASIC: ReadonlySet<string> = new Set(['roles/owner', 'roles/editor']);

type Attempt = <T>(what: string, reading: Promise<T[]>) => Promise<T[]>;

async function servicesOf(gcloud: Gcloud, project: string, region: string | undefined): Promise<LiveService[]> {
  const regions = region === undefined ? (await everyService(gcloud, project)).map((one) => one.region) : [region];
  const read = [...new Set(regions)].map((one) => liveServices(gcloud, { project, region: one }, () => true));
  return (await Promise.all(read)).flat();
}

/** Roles of these policies by which their members may invoke a service. */
async function invokingRoles(
  gcloud: Gcloud,
  policies: readonly Pick<LiveService, 'bindings'>[],
  attempt: Attempt,
): Promise<ReadonlySet<string>> {
  const granted = [...new Set(policies.flatMap(({ bindings }) => bindings.map(({ role }) => role)))];
  const read = granted.map(async (role) => {
    const permissions = await attempt(
      `What ${role} allows`,
      readRole(gcloud, role).then((all) => [...all]),
    );
    return permissions.includes('run.routes.invoke') ? [role] : [];
  });
  return new Set((await Promise.all(read)).flat());
}

function grantsOf({ name, region, bindings }: LiveService, invoking: ReadonlySet<string>): FoundGrant[] {
  return bindings
    .filter(({ role }) => invoking.has(role))
    .flatMap(({ role, members, condition }) =>
      members.map((member) => ({
        ...{ service: name, region, role, member, condition },
        from: `${member} has ${role} on ${name}`,
      })),
    );
}

interface Known {
  readonly grants: readonly FoundGrant[];
  /** E-mails of those that something runs as. */
  readonly accounts: ReadonlySet<string>;
  readonly attempt: Attempt;
}

/** Of accounts of the project that call and that nothing here runs as. */
async function actingAs(gcloud: Gcloud, project: string, { grants, accounts, attempt }: Known): Promise<FoundActing[]> {
  const own = `@${serviceAccountDomain(project)}`;
  const calling = new Set(
    grants
      .map(({ member }) => member.replace(/^serviceAccount:/, ''))
      .filter((email) => email.endsWith(own) && !accounts.has(email)),
  );
  const read = [...calling].map(async (account) => {
    const reading = accountBindings(gcloud, account, project).then((bindings) => [...bindings]);
    const bindings = await attempt(`The policy of ${account}`, reading);
    return bindings
      .filter(({ role, condition }) => role === WORKLOAD_IDENTITY_USER && condition === undefined)
      .flatMap(({ members }) => members.map((member) => ({ member, account, from: `${member} acts as ${account}` })));
  });
  return (await Promise.all(read)).flat();
}

function asService(service: LiveService): FoundWorkload {
  const { ingress, audiences, minInstances, maxInstances, concurrency, http2, image } = service;
  const settings = {
    ...{ ingress, audiences, minInstances, maxInstances, concurrency },
    ...(http2 && { http2 }),
    ...imageOf(image),
  };
  return {
    ...base(service),
    part: 'services',
    settings,
    unchecked: !service.invokerCheck,
    from: of('service', service),
  };
}

function asJob(job: LiveJob): FoundWorkload {
  const { command, tasks, parallelism, maxRetries, timeout, image } = job;
  const settings = {
    ...(command.length > 0 && { command }),
    tasks,
    parallelism,
    maxRetries,
    timeout,
    ...imageOf(image),
  };
  return { ...base(job), part: 'jobs', settings, unchecked: false, from: of('job', job) };
}

function asWorkerPool(pool: LiveWorkerPool): FoundWorkload {
  const settings = { instances: pool.instances, ...imageOf(pool.image) };
  return { ...base(pool), part: 'workerPools', settings, unchecked: false, from: of('worker pool', pool) };
}

function base({ name, region, account, env, secrets }: LiveService | LiveJob | LiveWorkerPool) {
  return { name, region, account, env, secrets: Object.keys(secrets) };
}

/** What is deployed is what a deployment shall find. */
function imageOf(image: string): { readonly image?: string } {
  return image === '' ? {} : { image };
}

function of(what: string, { name, region }: { name: string; region: string }): string {
  return `${what} ${name} in ${region}`;
}
