import { printable } from '@run-edges/edges';
import { DeploymentError } from '../deployment/deployment-error.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { projectTarget } from '../matrix/project-target.ts';
import { renderMatrix } from '../matrix/render-matrix.ts';
import { asDeclared } from '../matrix/try-matrix.ts';
import { waitUntilSettled } from '../matrix/wait-until-settled.ts';
import type { Deployment } from './deployment.ts';

/** After a change several looks must agree; what was not touched shows itself in one. */
const LOOKS = 3;

/** Waits until every edge is as declared, and prints the matrix. @throws DeploymentError when it cannot be tried */
export async function tryDeployment(
  gcloud: Gcloud,
  { declaration, project, region, path, wait, tester }: Deployment,
  { changed, say }: { changed: boolean; say: (line: string) => void },
): Promise<boolean> {
  say(`\n# Every edge is tried, for up to ${wait} seconds`);
  const target = await projectTarget(declaration, { gcloud, project, region });
  const tried = await waitUntilSettled(target, {
    path,
    looks: changed ? LOOKS : 1,
    seconds: wait,
    // Only a grant that was asked for is worth waiting for.
    hopeless: (error) => error instanceof GcloudError && (error.kind !== 'may-not-impersonate' || tester === undefined),
    onLook: (differing) =>
      say(
        differing instanceof Error
          ? `Not yet: ${printable(differing.message)}`
          : `Not yet: ${differing.map(({ caller, receiver, status }) => `${caller} -> ${receiver} ${status}`).join(', ')}`,
      ),
  }).catch((error: unknown) => {
    if (!(error instanceof GcloudError)) throw error;
    throw new DeploymentError(
      `Everything is deployed and granted, but no edge could be tried: ${error.message}`,
      error.mend,
      {
        cause: error,
      },
    );
  });
  say(renderMatrix(tried));
  for (const why of target.untried) say(`Not tried: ${printable(why)}.`);
  return tried.every(asDeclared);
}
