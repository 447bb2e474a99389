import { enabledApis } from '../deployment/live.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import type { Asked } from './asked.ts';
import type { PlannedSection } from './change.ts';
import { findDeployment } from './find.ts';
import type { Found } from './found.ts';
import { apisFor, planApis, planDeployment } from './plan.ts';

/** What there is, and what is to be done about it. */
export interface Plan {
  readonly found: Found;
  /** APIs that a deployment needs and that are off: what they keep is not seen. */
  readonly off: readonly string[];
  /** What turns them on. */
  readonly apis: readonly PlannedSection[];
  /** All the rest. */
  readonly sections: readonly PlannedSection[];
}

/** Reads the project and plans its deployment; writes nothing. @throws DeploymentError, GcloudError */
export async function look(gcloud: Gcloud, asked: Asked): Promise<Plan> {
  const enabled = await enabledApis(gcloud, asked.wanted.place.project);
  const found = await findDeployment(gcloud, asked, enabled);
  return {
    found,
    off: apisFor(asked).filter((api) => !enabled.has(api)),
    apis: planApis(asked, enabled),
    sections: planDeployment(asked, found),
  };
}

export function isEmpty({ apis, sections }: Plan): boolean {
  return apis.length + sections.length === 0;
}

/** Whether a second look, with the APIs on, asks for what was agreed to. */
export function sameAsAgreed(agreed: Plan, now: Plan): boolean {
  return JSON.stringify(now.sections) === JSON.stringify(agreed.sections);
}
