import type { FastifyInstance } from 'fastify';
import { createOperations } from '../../run/services/v2/operations.ts';
import type { AdminContext } from './admin-context.ts';
import { accountKeyRoutes } from './iam/account-key-routes.ts';
import { identityPoolRoutes } from './iam/identity-pool-routes.ts';
import { permissionRoutes } from './iam/permission-routes.ts';
import { roleRoutes } from './iam/role-routes.ts';
import { serviceAccountRoutes } from './iam/service-account-routes.ts';
import { executionV1Routes } from './jobs/execution-v1-routes.ts';
import { executionV2Routes } from './jobs/execution-v2-routes.ts';
import { jobV1Routes } from './jobs/job-v1-routes.ts';
import { jobV2Routes } from './jobs/job-v2-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { projectRoutes } from './project-routes.ts';
import { subscriptionRoutes } from './pubsub/subscription-routes.ts';
import { topicRoutes } from './pubsub/topic-routes.ts';
import { runAbsentRoutes } from './run-absent-routes.ts';
import { runV1PartRoutes } from './run-v1-part-routes.ts';
import { runV1Routes } from './run-v1-routes.ts';
import { runV2RevisionRoutes } from './run-v2-revision-routes.ts';
import { runV2Routes } from './run-v2-routes.ts';
import { serviceUsageRoutes } from './service-usage-routes.ts';
import { workerPoolRoutes } from './worker-pools/worker-pool-routes.ts';

/** The APIs by which gcloud, Terraform and Google's client libraries change a project. */
export async function adminRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  await app.register(projectRoutes, context);
  await app.register(serviceUsageRoutes, context);
  await app.register(serviceAccountRoutes, context);
  await app.register(accountKeyRoutes, context);
  await app.register(roleRoutes, context);
  await app.register(permissionRoutes, context);
  await app.register(identityPoolRoutes, context);
  await app.register(topicRoutes, context);
  await app.register(subscriptionRoutes, context);
  await app.register(runV1Routes, context);
  await app.register(runV1PartRoutes, context);
  await app.register(jobV1Routes, context);
  await app.register(executionV1Routes, context);
  await app.register(runAbsentRoutes, context);
  const operations = createOperations(context.project);
  await app.register(runV2Routes, { ...context, operations });
  await app.register(runV2RevisionRoutes, { ...context, operations });
  await app.register(jobV2Routes, { ...context, operations });
  await app.register(executionV2Routes, { ...context, operations });
  await app.register(workerPoolRoutes, { ...context, operations });
  await app.register(operationRoutes, { ...context, operations });
}
