import { containerProblem, NAME_PROBLEM, RESOURCE_NAME, REVISION_NAME, within } from '../services/service-problem.ts';
import type { DesiredWorkerPool } from './worker-pool.ts';

/** Variables that Cloud Run sets in a container of a worker pool. */
const RESERVED = ['CLOUD_RUN_WORKER_POOL', 'CLOUD_RUN_WORKER_POOL_REVISION'];

/** Why Cloud Run would refuse this worker pool, or run-edges does; the path of a field, a colon and what is wrong with it. */
export function workerPoolProblem(
  { metadata, spec }: DesiredWorkerPool,
  revisions: readonly string[],
): string | undefined {
  if (!RESOURCE_NAME.test(metadata.name)) return NAME_PROBLEM;
  if (!within(spec.instances, 0, 1000)) return 'scaling.manualInstanceCount: must be from 0 to 1000.';
  const { name = '' } = spec.template.metadata ?? {};
  if (name !== '' && !(name.startsWith(`${metadata.name}-`) && REVISION_NAME.test(name)))
    return `template.revision: Revision name "${name}" must begin with "${metadata.name}-" and use only lowercase letters, numbers, and '-'.`;
  if (revisions.includes(name)) return `template.revision: Revision "${name}" is there already.`;
  const [container, another] = spec.template.spec.containers;
  if (container === undefined) return 'template.containers: at least one container is required.';
  if (another !== undefined)
    return 'template.containers: run-edges runs one container for each instance, and no sidecars.';
  const { ports = [] } = container;
  if (ports.length > 0) return 'template.containers[0].ports: a worker pool listens on no port.';
  return containerProblem(container, 'template.containers[0]', RESERVED);
}
