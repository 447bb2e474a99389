import Fastify, { type FastifyInstance } from 'fastify';
import type { AdminContext } from '../admin/admin-context.ts';
import { adminRoutes } from '../admin/admin-routes.ts';
import { consoleRoutes } from '../console/console-routes.ts';
import { type ConsoleDataOptions, consoleDataRoutes } from '../console/data-routes.ts';
import type { DecisionLog } from '../decisions/decision-log.ts';
import type { IsOwnName } from '../internal/own-names.ts';
import { accountCertsRoutes } from './account-certs-routes.ts';
import { noRoute } from './call.ts';
import { recordCalls } from './call-log.ts';
import { readCompressedBodies } from './compressed-bodies.ts';
import { refuseTunnels } from './connect.ts';
import { type CredentialRouteOptions, credentialRoutes } from './credential-routes.ts';
import { decisionRoutes } from './decision-routes.ts';
import { edgeRoutes } from './edge-routes.ts';
import { type EnvironmentRouteOptions, environmentRoutes } from './environment-routes.ts';
import { type FaultRouteOptions, faultRoutes } from './fault-routes.ts';
import { answerInPart } from './field-mask.ts';
import { sendGoogleError } from './google-error.ts';
import { googleRoutes } from './google-routes.ts';
import { readJsonAlone, readWhateverIsLikeJson } from './json-bodies.ts';
import { tellWhatIsKept } from './kept.ts';
import { readLongQueries, takeMeantMethod } from './meant-method.ts';
import { oauthTokenRoute, type TokenRouteOptions } from './oauth-token-route.ts';
import { originForm } from './origin-form.ts';
import { BODY_LIMIT } from './read-bytes.ts';
import { type Listed, serviceRoutes } from './service-routes.ts';
import { keepStrangersOut } from './strangers.ts';
import { type StsOptions, stsRoute } from './sts-route.ts';
import { type TokenInfoOptions, tokenInfoRoute } from './token-info-route.ts';

export interface ApiOptions
  extends TokenRouteOptions,
    StsOptions,
    TokenInfoOptions,
    AdminContext,
    FaultRouteOptions,
    CredentialRouteOptions,
    EnvironmentRouteOptions,
    ConsoleDataOptions {
  readonly decisions: DecisionLog;
  readonly listed: Listed;
  readonly isOwnName: IsOwnName;
  /** Where the files of the console are. */
  readonly consoleFolder: URL;
}

/** One port for Google's endpoints, for run-edges' own API under `/run-edges/v1`, and for the console. */
export async function createApiServer(options: ApiOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    forceCloseConnections: true,
    rewriteUrl: (request) => {
      const url = originForm(request, options.isOwnName);
      takeMeantMethod(request, url);
      return url;
    },
    routerOptions: { maxParamLength: 500 },
    // What is sent is what is meant: nothing is made to fit, and nothing left out.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    frameworkErrors: (error, _request, reply) => sendGoogleError(error, reply),
  });
  app.setErrorHandler((error, _request, reply) => sendGoogleError(error, reply));
  readJsonAlone(app);
  keepStrangersOut(app, options.isOwnName);
  refuseTunnels(app.server);
  app.setNotFoundHandler((request, reply) => sendGoogleError(noRoute(request), reply));
  recordCalls(app);
  await app.register(async (google) => {
    readWhateverIsLikeJson(google);
    readCompressedBodies(google);
    readLongQueries(google);
    answerInPart(google);
    await google.register(googleRoutes, options);
    await google.register(accountCertsRoutes, options);
    await google.register(oauthTokenRoute, options);
    await google.register(stsRoute, options);
    await google.register(tokenInfoRoute, options);
    await google.register(async (admin) => {
      tellWhatIsKept(admin, options.settled);
      await admin.register(adminRoutes, options);
    });
  });
  await app.register(credentialRoutes, options);
  await app.register(serviceRoutes, options);
  await app.register(environmentRoutes, options);
  await app.register(edgeRoutes, options);
  await app.register(decisionRoutes, options);
  await app.register(faultRoutes, options);
  await app.register(consoleDataRoutes, options);
  await app.register(consoleRoutes, options);
  return app;
}
