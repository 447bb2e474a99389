import type { FastifyInstance } from 'fastify';
import type { AdminContext } from './admin-context.ts';
import { projectRoutes } from './project-routes.ts';
import { runV1Routes } from './run-v1-routes.ts';
import { runV2Routes } from './run-v2-routes.ts';
import { serviceAccountRoutes } from './service-account-routes.ts';

/** The APIs by which gcloud, Terraform and Google's client libraries change a project. */
export async function adminRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const asJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Some clients say that they send JSON, and send nothing.
    if (body === '') done(null, undefined);
    else asJson(request, body as string, done);
  });
  await app.register(projectRoutes, context);
  await app.register(serviceAccountRoutes, context);
  await app.register(runV1Routes, context);
  await app.register(runV2Routes, context);
}
