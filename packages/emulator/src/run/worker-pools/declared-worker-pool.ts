import { type Addresses, type Declaration, environmentOf, imageRepository, type WorkerPool } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import type { DesiredWorkerPool } from './worker-pool.ts';

/** A declared worker pool as if somebody had deployed it. Where it names no image, its image stands for its folder. */
export function declaredWorkerPool(
  pool: WorkerPool,
  project: Project,
  addresses: Addresses,
  declaration: Declaration,
): DesiredWorkerPool {
  const { name, image = `${imageRepository(project.id, project.region)}/${name}` } = pool;
  const env = Object.entries(environmentOf(declaration, name, addresses)).map(([name, value]) => ({ name, value }));
  return {
    metadata: { name, labels: {}, annotations: {} },
    spec: {
      instances: pool.instances,
      template: { spec: { serviceAccountName: addresses.emailOf(name), containers: [{ image, env }] } },
    },
  };
}
