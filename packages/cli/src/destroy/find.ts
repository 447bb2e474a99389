import type { Declaration } from '@run-edges/edges';
import { ourRepository } from '../deploy/find.ts';
import { enabledApis, everyJob, everyService, everyWorkerPool, liveAccounts } from '../deployment/live.ts';
import { workloadsOf } from '../deployment/workloads.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { everyResource } from '../senders/live-senders.ts';
import type { Deployed, Standing } from './plan.ts';

interface Where {
  readonly project: string;
  readonly region: string;
  /** Says which regions are meant beside that one, and what in them. Undefined: none. */
  readonly declaration: Declaration | undefined;
}

/** Looks at what there is; writes nothing. What an API that is off keeps is not seen. @throws GcloudError */
export async function findDeployed(gcloud: Gcloud, { project, region, declaration }: Where): Promise<Deployed> {
  const apis = await enabledApis(gcloud, project);
  const run = apis.has('run.googleapis.com');
  const [services, jobs, workerPools, accounts, senders, repository] = await Promise.all([
    run ? everyService(gcloud, project) : [],
    run ? orNone(everyJob(gcloud, project)) : [],
    run ? orNone(everyWorkerPool(gcloud, project)) : [],
    apis.has('iam.googleapis.com') ? liveAccounts(gcloud, project) : [],
    everyResource(gcloud, { project, region, number: '' }, apis),
    apis.has('artifactregistry.googleapis.com') ? ourRepository(gcloud, { project, region }) : false,
  ]);
  const isMeant = (one: Standing) => one.region === region || isDeclaredThere(declaration, one);
  const elsewhere = [...services, ...jobs, ...workerPools].filter((one) => !isMeant(one));
  return {
    ...{ project, region, accounts, senders, repository },
    services: services.filter(isMeant),
    jobs: jobs.filter(isMeant),
    workerPools: workerPools.filter(isMeant),
    accountsElsewhere: new Set(elsewhere.map(({ account }) => account)),
  };
}

/** In another region only what the declaration puts there is meant: others may have deployed there, too. */
function isDeclaredThere(declaration: Declaration | undefined, { name, region }: Standing): boolean {
  if (declaration === undefined) return false;
  return workloadsOf(declaration).some((one) => one.name === name && one.regions?.includes(region) === true);
}

/** A gcloud without its beta commands, or an emulator without the API, has made none. */
async function orNone<T>(reading: Promise<readonly T[]>): Promise<readonly T[]> {
  return reading.catch((error: unknown) => {
    if (error instanceof GcloudError && (error.kind === 'unknown' || error.kind === 'not-found')) return [];
    throw error;
  });
}
