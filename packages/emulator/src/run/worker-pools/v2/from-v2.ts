import { defaultAccount } from '../../../identity/accounts/accounts.ts';
import type { Project } from '../../../identity/project.ts';
import { GoogleError } from '../../../internal/google-api/google-error.ts';
import type { RevisionTemplate } from '../../services/knative.ts';
import { present, v1 } from '../../services/v2/annotations.ts';
import { enumName, enums } from '../../services/v2/enums.ts';
import { jsonOf, refuseSystems, templateFromV2, textOf } from '../../services/v2/from-v2.ts';
import type { DesiredWorkerPool } from '../worker-pool.ts';
import { type InstanceSplitV2, POOL_OUTPUT_ONLY, type WorkerPoolV2 } from './worker-pool-v2.ts';

/** What a v2 worker pool asks for, in the form in which they are kept. @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function workerPoolFromV2(name: string, pool: WorkerPoolV2, project: Project): DesiredWorkerPool {
  const { labels, annotations, client, clientVersion, description, launchStage, ...others } = pool;
  const { template, instanceSplits = [], scaling, ...rest } = others;
  refuseSystems('annotations', annotations);
  refuseSystems('labels', labels);
  refuseSplits(instanceSplits);
  const { name: _name, etag: _etag, ...unmapped } = rest as Record<string, unknown>;
  for (const field of POOL_OUTPUT_ONLY) delete unmapped[field];
  const mode = enumName(enums.scalingMode, scaling?.scalingMode, 'worker_pool.scaling.scaling_mode');
  return {
    metadata: {
      name,
      labels: labels ?? {},
      annotations: present({
        ...annotations,
        [v1.description]: textOf(description),
        [v1.client]: textOf(client),
        [v1.clientVersion]: textOf(clientVersion),
        [v1.launchStage]: enumName(enums.launchStage, launchStage, 'worker_pool.launch_stage'),
        [v1.scalingMode]: mode?.toLowerCase(),
        [v1.more]: jsonOf(unmapped),
      }),
    },
    spec: {
      instances: scaling?.manualInstanceCount ?? scaling?.minInstanceCount ?? 1,
      template: withAccount(templateFromV2(template ?? {}), project),
    },
  };
}

/** All instances are of the latest revision here. */
function refuseSplits(splits: readonly InstanceSplitV2[]): void {
  const other = splits.some(
    ({ type }) => enumName(enums.instanceSplit, type, 'worker_pool.instance_splits.type') !== LATEST,
  );
  if (other || splits.length > 1)
    throw new GoogleError(
      'UNIMPLEMENTED',
      'instance_splits to other revisions than the latest are not emulated by run-edges: leave them out.',
    );
}

const LATEST = 'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST';

function withAccount({ metadata, spec }: RevisionTemplate, project: Project): RevisionTemplate {
  const { serviceAccountName = defaultAccount(project) } = spec;
  return { ...(metadata === undefined ? {} : { metadata }), spec: { ...spec, serviceAccountName } };
}
