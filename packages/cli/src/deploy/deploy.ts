import { printable } from '@run-edges/edges';
import { projectNumber } from '../deployment/live.ts';
import type { Place } from '../deployment/place.ts';
import { runPlan } from '../deployment/run-plan.ts';
import { type Wanted, wantedDeployment } from '../deployment/wanted.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { PROJECT_NUMBER } from '../gcloud/shell-command.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { confirm } from '../terminal/confirm.ts';
import { print } from '../terminal/output.ts';
import type { Asked } from './asked.ts';
import type { Deployment } from './deployment.ts';
import { leftToOthers } from './for-emulator.ts';
import { type Found, NOTHING } from './found.ts';
import { type Images, imagesOf } from './images.ts';
import { isEmpty, look, type Plan, sameAsAgreed } from './look.ts';
import { planApis, planDeployment } from './plan.ts';
import { undeclared } from './plan-grants.ts';
import { planJson, renderPlan } from './render-plan.ts';
import { deploymentScript } from './script.ts';
import { tryDeployment } from './try-deployment.ts';

/**
 * Brings the project to what is declared, or prints how.
 * @returns whether the edges were tried and are as declared; true where trying was not asked for, false where somebody
 * said no to the plan
 * @throws DeploymentError, GcloudError
 */
export async function deploy(deployment: Deployment): Promise<boolean> {
  const { declaration, project, region } = deployment;
  const left = await leftToOthers(deployment);
  const images = await imagesOf(declaration, { project, region }, deployment);
  if (deployment.dryRun) {
    const asked = asking(deployment, images, { project, region, number: PROJECT_NUMBER });
    const sections = [...planApis(asked, new Set()), ...planDeployment(asked, NOTHING)];
    print(deploymentScript(sections, asked.wanted.place));
    return true;
  }
  const say = deployment.json ? () => undefined : print;
  const gcloud = tellingGcloud(say);
  say('# What there is already');
  const all = asking(deployment, images, { project, region, number: await projectNumber(gcloud, project) });
  const asked = left.length === 0 ? all : { ...all, wanted: { ...all.wanted, workerPools: [] } };
  const plan = await look(gcloud, asked);
  if (deployment.plan) {
    const notes = [...left, ...whatToKnow(asked.wanted, plan.found, deployment)];
    if (deployment.json) print(JSON.stringify(planJson(plan, deployment, notes), null, 2));
    else say(['\n# What would change', renderPlan(plan), ...notes].join('\n'));
    return true;
  }
  const done = await carryOut(gcloud, { asked, plan, say, yes: deployment.yes });
  if (done === undefined) return false;
  say('');
  const changed = !isEmpty(plan);
  if (!changed) say('Everything is there as declared: nothing was changed.');
  for (const note of [...left, ...whatToKnow(asked.wanted, done.found, deployment)]) say(note);
  for (const { name, url } of asked.wanted.services) say(`${name}: ${url}`);
  return deployment.wait === 0 || tryDeployment(gcloud, deployment, { changed, say });
}

interface Execution {
  readonly asked: Asked;
  readonly plan: Plan;
  readonly say: (line: string) => void;
  /** Do not ask. */
  readonly yes: boolean;
}

/** Does what is planned, once somebody agreed to it. @returns what was done last, or undefined where nobody agreed */
async function carryOut(gcloud: Gcloud, { asked, plan, say, yes }: Execution): Promise<Plan | undefined> {
  if (!(await agreed(plan, say, yes))) return undefined;
  if (plan.apis.length === 0) {
    await runPlan(gcloud, plan.sections, say);
    return plan;
  }
  await runPlan(gcloud, plan.apis, say);
  const seen = await look(gcloud, asked);
  if (!sameAsAgreed(plan, seen)) {
    say('\nThe APIs, now that they are on, show what they kept: the plan is another.');
    if (!(await agreed(seen, say, yes))) return undefined;
  }
  await runPlan(gcloud, seen.sections, say);
  return seen;
}

async function agreed(plan: Plan, say: (line: string) => void, yes: boolean): Promise<boolean> {
  if (isEmpty(plan)) return true;
  say(`\n# What is changed\n${renderPlan(plan)}`);
  return yes || confirm('Do that?');
}

function asking(deployment: Deployment, images: Images, place: Place): Asked {
  const { declaration, databases, cloudSql, tester } = deployment;
  const given = {
    ...deployment,
    imageOf: images.imageOf,
    ...(cloudSql === undefined ? {} : { cloudSql }),
  };
  return {
    wanted: wantedDeployment(declaration, place, given as typeof given & { cloudSql: string }),
    images,
    databases,
    ...(cloudSql === undefined ? {} : { cloudSql }),
    ...(tester === undefined ? {} : { tester }),
    prune: deployment.prune,
    adopt: deployment.adopt,
  };
}

function whatToKnow(wanted: Wanted, found: Found, { prune, project, region }: Deployment): string[] {
  const notes: string[] = [];
  if (wanted.oneInstance.length > 0)
    notes.push(
      `${wanted.oneInstance.join(', ')}: one instance each, with SQLite in the container, whose data ends with the instance. --database SERVICE=SECRET gives PostgreSQL; --stateless says that there is no data.`,
    );
  const theirs = found.accounts.filter(
    ({ email, ours }) => !ours && wanted.accounts.some((one) => one.email === email),
  );
  for (const { email } of theirs)
    notes.push(`${printable(email)} was there already: it is used as it is, and destroy leaves it.`);
  const extra = prune ? [] : undeclared(wanted, found);
  for (const { service, member } of extra)
    notes.push(`${service.name} also lets in ${printable(member)}, which no edge declares.`);
  if (extra.length > 0)
    notes.push(`Take that away with --prune, or: run-edges verify --project ${project} --region ${region} --fix`);
  return notes;
}
