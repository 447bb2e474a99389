import type { FastifyInstance, FastifyRequest } from 'fastify';
import { revisionToV2 } from '../../run/services/v2/to-v2.ts';
import { permit } from '../http/permit.ts';
import { page } from './page.ts';
import { readRegionalCall, revisionNamed, revisionsIn, serviceNamed } from './run-call.ts';
import { asDeleted, checkEtag, type RunV2Context, validated } from './run-v2-routes.ts';

const TYPE = 'type.googleapis.com/google.cloud.run.v2.Revision';

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions */
export async function runV2RevisionRoutes(app: FastifyInstance, context: RunV2Context): Promise<void> {
  const { iam, operations } = context;
  const read = async (request: FastifyRequest) => ({
    ...(await readRegionalCall(request, context)),
    service: (request.params as { service: string }).service,
  });

  const base = '/v2/projects/:project/locations/:location/services/:service/revisions';
  app.get(base, async (request) => {
    const { caller, query, service, region, regions } = await read(request);
    permit(iam, caller, 'run.revisions.list', 'project');
    const all = service === '-' ? undefined : serviceNamed(service, region).metadata.name;
    const { items, next } = page(
      (all === undefined ? regions : [region]).flatMap((one) =>
        revisionsIn(one, all).map((revision) => revisionToV2(revision, one.project)),
      ),
      query,
    );
    return {
      revisions: items,
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:target`, async (request) => {
    const { caller, name, service, region } = await read(request);
    permit(iam, caller, 'run.revisions.get', 'project');
    return revisionToV2(revisionNamed(name, region, service), region.project);
  });
  app.delete(`${base}/:target`, async (request) => {
    const { caller, name, query, service, region } = await read(request);
    permit(iam, caller, 'run.revisions.delete', 'project');
    const revision = revisionNamed(name, region, service);
    checkEtag(revision.metadata, query.etag);
    const gone = asDeleted(TYPE, revisionToV2(revision, region.project));
    const dryRun = query.validateOnly === 'true';
    region.services.removeRevision(service, name, dryRun);
    return dryRun ? validated(gone) : operations.begin(gone, Promise.resolve(gone), region.project.region);
  });
}
